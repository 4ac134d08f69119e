set(files benchmark.cpp model.cpp session.cpp)
