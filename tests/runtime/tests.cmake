lprnet_test(test_model runtime/model_test.cpp)
lprnet_test(test_session runtime/session_test.cpp)
