lprnet_test(test_evaluator evaluator/golden_test.cpp plan/golden_cases.cpp)
