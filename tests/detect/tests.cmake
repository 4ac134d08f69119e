lprnet_test(test_detect detect/decoder_test.cpp)
