lprnet_test(test_pth import/pth_test.cpp import/torch_writer.cpp import/zip_test.cpp)
