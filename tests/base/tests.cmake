lprnet_test(test_base base/text_test.cpp)
