lprnet_test(test_pth import/pth_test.cpp import/zip_test.cpp)
