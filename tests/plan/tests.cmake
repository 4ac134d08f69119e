lprnet_test(test_operators plan/operators_test.cpp)
lprnet_test(test_plan plan/arena_test.cpp plan/convolution_test.cpp plan/report_test.cpp plan/sample_test.cpp)
lprnet_test(test_team plan/team_test.cpp EACH)
