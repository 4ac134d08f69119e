lprnet_test(test_tensor tensor/shape_test.cpp)
