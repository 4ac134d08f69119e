lprnet_test(test_image image/decode_test.cpp image/homography_test.cpp image/hostile_test.cpp image/orientation_test.cpp
                       image/pictures.cpp image/preprocess_test.cpp image/resize_test.cpp)
target_include_directories(test_image SYSTEM PRIVATE ${LPRNET_STB_DIR})

if(LPRNET_WITH_OPENCV)
  find_package(OpenCV REQUIRED COMPONENTS core imgproc imgcodecs)
  lprnet_test(test_image_opencv image/opencv_decode_test.cpp image/opencv_resize_test.cpp
                                image/opencv_view_test.cpp image/opencv_warp_test.cpp image/pictures.cpp)
  lprnet_test(test_image_shared image/shared_plates_test.cpp LABELS shared)
  foreach(program test_image_opencv test_image_shared)
    target_include_directories(${program} SYSTEM PRIVATE ${OpenCV_INCLUDE_DIRS} ${LPRNET_STB_DIR})
    target_link_libraries(${program} PRIVATE opencv_core opencv_imgproc opencv_imgcodecs)
    if(LPRNET_WITH_LIBJPEG)
      target_compile_definitions(${program} PRIVATE LPRNET_WITH_LIBJPEG)
      target_link_libraries(${program} PRIVATE JPEG::JPEG)
    endif()
  endforeach()
endif()
