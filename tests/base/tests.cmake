lprnet_test(test_base base/output_file_test.cpp base/text_test.cpp base/thread_pool_test.cpp)
