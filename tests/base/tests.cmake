lprnet_test(test_base base/file_bytes_test.cpp base/output_file_test.cpp base/text_test.cpp base/thread_pool_test.cpp)
