lprnet_test(test_image image/canvas_test.cpp image/decode_test.cpp image/homography_test.cpp image/hostile_test.cpp
                       image/orientation_test.cpp image/preprocess_test.cpp image/resize_test.cpp)
if(LPRNET_WITH_LIBPNG)
  target_compile_definitions(test_image PRIVATE LPRNET_WITH_LIBPNG)
endif()
lprnet_test(test_image_hostile_shared image/hostile_shared_test.cpp LABELS shared)

# The decoders with each of their allocations failing, by malloc and its like of the test's own; a sanitizer has its.
if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize" AND NOT LPRNET_BUILD_FUZZERS)
  lprnet_test(test_image_memory image/memory_test.cpp)
  if(LPRNET_WITH_LIBPNG)
    target_compile_definitions(test_image_memory PRIVATE LPRNET_WITH_LIBPNG)
  endif()
endif()

if(LPRNET_WITH_OPENCV)
  find_package(OpenCV REQUIRED COMPONENTS core imgproc imgcodecs)
  lprnet_test(test_image_opencv image/opencv_canvas_test.cpp image/opencv_decode_test.cpp image/opencv_resize_test.cpp
                                image/opencv_view_test.cpp image/opencv_warp_test.cpp)
  lprnet_test(test_image_shared image/shared_plates_test.cpp LABELS shared)
  foreach(program test_image_opencv test_image_shared)
    target_include_directories(${program} SYSTEM PRIVATE ${OpenCV_INCLUDE_DIRS})
    target_link_libraries(${program} PRIVATE opencv_core opencv_imgproc opencv_imgcodecs)
    if(LPRNET_WITH_LIBJPEG)
      target_compile_definitions(${program} PRIVATE LPRNET_WITH_LIBJPEG)
      target_link_libraries(${program} PRIVATE JPEG::JPEG)
    endif()
  endforeach()
endif()
