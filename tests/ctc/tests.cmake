lprnet_test(test_ctc hostile/allocations.cpp ctc/alphabet_test.cpp ctc/automaton_test.cpp ctc/beam_search_test.cpp ctc/greedy_test.cpp
                     ctc/text_probability_test.cpp)
