lprnet_test(test_model runtime/model_test.cpp)
