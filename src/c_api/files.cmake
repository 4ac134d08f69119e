set(files decoding.cpp model.cpp photo_reader.cpp picture.cpp plates.cpp recognizer.cpp sized.cpp status.cpp)
