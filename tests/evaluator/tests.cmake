lprnet_test(test_evaluator evaluator/golden_test.cpp plan/golden_cases.cpp)
lprnet_test(test_random_graphs evaluator/agreement.cpp evaluator/random_graph.cpp evaluator/random_graph_test.cpp)
