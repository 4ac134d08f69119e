set(files model.cpp session.cpp)
