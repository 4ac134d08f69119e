set(files benchmark.cpp model.cpp recognizer.cpp save_tensors.cpp session.cpp)
