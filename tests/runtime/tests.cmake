lprnet_test(test_model runtime/model_test.cpp)
lprnet_test(test_session runtime/session_test.cpp)
lprnet_test(test_recognizer runtime/recognizer_test.cpp)
lprnet_test(test_checkpoints_shared runtime/checkpoints_test.cpp runtime/numpy_file.cpp LABELS shared)
