#include "file_system.hpp"

#include <array>
#include <system_error>
#include <utility>

#include <sys/vfs.h>

namespace recon {
namespace {

/// Numbers of linux/magic.h and of the file systems' own sources; not all are in the header.
constexpr std::array<std::pair<std::uint32_t, std::string_view>, 20> network_types{{
    {0x00006969, "NFS"},
    {0x0000517B, "SMB"},
    {0xFF534D42, "CIFS"},
    {0xFE534D42, "SMB 2"},
    {0x0BD00BD0, "Lustre"},
    {0x01021997, "9p"},
    {0x65735546, "FUSE"},  // sshfs among others
    {0x47504653, "GPFS"},
    {0x19830326, "BeeGFS"},
    {0x5346414F, "AFS"},
    {0x6B414653, "kAFS"},
    {0x00C36400, "Ceph"},
    {0x73757245, "Coda"},
    {0x0000564C, "NCP"},
    {0x01161970, "GFS2"},
    {0x7461636F, "OCFS2"},
    {0xAAD7AAEA, "PanFS"},
    {0x20030528, "OrangeFS"},
    {0x786F4256, "VirtualBox shared folder"},
    {0xBACBACBC, "VMware shared folder"},
}};

}  // namespace

std::optional<std::string_view> network_file_system(std::uint64_t type) {
  // f_type is a signed word on some machines: numbers with the highest bit set come with 32 ones before them.
  const auto number = static_cast<std::uint32_t>(type & 0xFFFFFFFFU);
  for (const auto& [known, name] : network_types) {
    if (number == known) return name;
  }
  return std::nullopt;
}

std::optional<std::string_view> network_file_system_of(const std::filesystem::path& file) {
  std::error_code error;
  std::filesystem::path place = std::filesystem::absolute(file, error);
  if (error) return std::nullopt;
  struct statfs status {};
  while (::statfs(place.c_str(), &status) != 0) {
    if (!place.has_relative_path()) return std::nullopt;
    place = place.parent_path();
  }
  return network_file_system(static_cast<std::uint64_t>(status.f_type));
}

}  // namespace recon
