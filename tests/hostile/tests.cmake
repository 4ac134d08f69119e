lprnet_test(test_hostile_model_file
  formats/small_model.cpp hostile/allocations.cpp hostile/model_file_test.cpp hostile/mutations.cpp)
lprnet_test(test_hostile_pth import/torch_writer.cpp hostile/allocations.cpp hostile/pth_test.cpp)
lprnet_test(test_limits formats/small_model.cpp hostile/limits_test.cpp)
lprnet_test(test_costly_model hostile/allocations.cpp hostile/costly_model_test.cpp)
lprnet_test(test_costly_model_shared hostile/allocations.cpp hostile/shared_models_test.cpp LABELS shared)
