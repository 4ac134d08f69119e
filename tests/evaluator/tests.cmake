lprnet_test(test_evaluator evaluator/golden_test.cpp)
lprnet_test(test_random_graphs evaluator/random_graph_test.cpp EACH)
lprnet_test(test_graph_cases evaluator/cases_test.cpp)
lprnet_test(test_shared_graph_cases evaluator/shared_cases_test.cpp LABELS shared)
