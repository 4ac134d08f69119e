set(files model.cpp picture.cpp plates.cpp recognizer.cpp status.cpp)
