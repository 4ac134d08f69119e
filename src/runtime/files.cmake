set(files benchmark.cpp model.cpp recognizer.cpp save_tensors.cpp self_test.cpp session.cpp stream.cpp)
set(hot session.cpp)
