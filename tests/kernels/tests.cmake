lprnet_test(test_kernels kernels/rows_test.cpp)
