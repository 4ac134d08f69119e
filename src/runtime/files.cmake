set(files benchmark.cpp model.cpp self_test.cpp session.cpp)
