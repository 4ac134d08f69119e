lprnet_test(test_operators plan/operators_test.cpp plan/golden_cases.cpp)
