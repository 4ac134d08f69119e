lprnet_test(test_hostile_model_file
  formats/small_model.cpp hostile/allocations.cpp hostile/model_file_test.cpp hostile/mutations.cpp)
lprnet_test(test_hostile_pth import/torch_writer.cpp hostile/allocations.cpp hostile/pth_test.cpp)
