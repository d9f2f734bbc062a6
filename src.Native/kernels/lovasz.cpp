#include "lovasz.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "fault.h"

namespace pat {
namespace {

// A valid pixel's error, and where it is.
template <class T>
struct Error {
  T value;
  uint32_t pixel;
};

// Errors lie in [0, 1], where the bits of a float rise with it and the two highest are 0: three stable passes
// of ten bits, the largest first.
void sort_descending(std::vector<Error<float>>& errors) {
  constexpr int kDigit = 10;
  constexpr uint32_t kMask = (1u << kDigit) - 1;
  std::vector<Error<float>> other(errors.size());
  for (int pass = 0; pass < 3; ++pass) {
    const auto digit = [&](const Error<float>& error) {
      uint32_t bits;
      std::memcpy(&bits, &error.value, sizeof bits);
      return PAT_FAULT("errors in ascending order", kMask - (bits >> pass * kDigit & kMask),
                       (bits >> pass * kDigit & kMask));
    };
    std::array<size_t, kMask + 2> starts{};
    for (const auto& error : errors) ++starts[digit(error) + 1];
    for (size_t d = 0; d <= kMask; ++d) starts[d + 1] += starts[d];
    for (const auto& error : errors) other[starts[digit(error)]++] = error;
    errors.swap(other);
  }
}

void sort_descending(std::vector<Error<double>>& errors) {
  // NaN comes first: an order that leaves it out is none, and sorting by none may run out of bounds.
  const auto rank = [](double error) {
    return std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
  };
  std::stable_sort(errors.begin(), errors.end(), [&](const Error<double>& a, const Error<double>& b) {
    return rank(a.value) > rank(b.value);
  });
}

template <class T>
double lovasz(const Planes& planes, const Labels& labels, const Field& field, int64_t c, double share,
              int64_t size) {
  const auto at = [&](int64_t pixel) -> T& {
    return static_cast<T*>(field.values)[pixel / planes.pixels * field.image_stride + c * field.class_stride +
                                         pixel % planes.pixels * field.pixel_stride];
  };
  const int64_t pixels = planes.images * planes.pixels;
  std::vector<Error<T>> errors;
  errors.reserve(share == 0 ? 0 : pixels);
  for (int64_t i = 0; i < pixels; ++i) {
    if (share == 0) {
      at(i) = T(0);
    } else if (labels.at(i) != labels.ignore) {
      errors.push_back({at(i), static_cast<uint32_t>(i)});
    }
  }
  sort_descending(errors);
  const double Y = static_cast<double>(size);
  double labelled = 0, others = 0, total = 0;  // F and B of losses.md 4.1: how many of each came so far
  for (const Error<T>& error : errors) {
    const double reach = Y + others;
    double step;
    if (labels.at(error.pixel) == c) {
      step = 1 / reach;
      labelled += 1;
      at(error.pixel) = static_cast<T>(-share * step);  // the error is 1 − p
    } else {
      step =
          reach == 0 ? 1 : (Y - PAT_FAULT("lovasz forgets what came", labelled, 0.0)) / (reach * (reach + 1));
      others += PAT_FAULT("lovasz forgets the other classes", 1, 0);
      at(error.pixel) = static_cast<T>(share * step);
    }
    total += step * error.value;
  }
  return share * total;
}

}  // namespace

double lovasz_class(const Planes& planes, const Labels& labels, const Field& field, int64_t c, double share,
                    int64_t size) {
  return planes.number == Number::Float64 ? lovasz<double>(planes, labels, field, c, share, size)
                                          : lovasz<float>(planes, labels, field, c, share, size);
}

}  // namespace pat
