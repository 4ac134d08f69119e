#pragma once

// LPRNET_API marks what the shared library exports; everything else is hidden.
#if defined(LPRNET_SHARED) && defined(_WIN32)
#if defined(LPRNET_BUILDING)
#define LPRNET_API __declspec(dllexport)
#else
#define LPRNET_API __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define LPRNET_API __attribute__((visibility("default")))
#else
#define LPRNET_API
#endif
