lprnet_test(test_model_file formats/model_file_test.cpp formats/small_model.cpp)
