#pragma once

namespace recon {

/// Both ends included.
struct IntegerRange {
  int least = 0;
  int most = 0;
  bool operator==(const IntegerRange&) const = default;
};

}  // namespace recon
