lprnet_test(test_cost graph/cost_test.cpp)
lprnet_test(test_passes graph/passes_test.cpp)
