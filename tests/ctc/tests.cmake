lprnet_test(test_ctc ctc/alphabet_test.cpp ctc/greedy_test.cpp)
