package org.patchbay.tap;

import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.linux.Errno;
import org.patchbay.linux.LinuxException;
import org.patchbay.linux.Tun;

/** Turns a failed system call into the typed error that tells an operator what to do. */
final class TapFailure {
  private TapFailure() {}

  /** Why an interface could not be attached to. */
  static EndpointException attaching(TapSettings settings, LinuxException cause) {
    String name = settings.interfaceName();
    if (cause.call().equals("ioctl(TUNSETIFF)")) {
      return switch (cause.errno()) {
        case Errno.EPERM ->
            failure(
                EndpointError.NO_PERMISSION,
                "attaching to " + name + " needs the capability CAP_NET_ADMIN",
                cause);
        case Errno.EBUSY ->
            failure(
                EndpointError.HELD_BY_ANOTHER,
                "a descriptor is attached to the interface " + name + " already",
                cause);
        case Errno.EINVAL ->
            failure(
                EndpointError.WRONG_FLAGS,
                "the interface "
                    + name
                    + " exists and is no TAP, or is one with other flags (multi_queue)",
                cause);
        default -> other("the interface " + name + " can't be attached to", cause);
      };
    }
    if (cause.call().equals("open(" + Tun.DEVICE + ")")) {
      return switch (cause.errno()) {
        case Errno.ENOENT, Errno.ENODEV, Errno.ENXIO ->
            failure(
                EndpointError.NO_DEVICE_NODE,
                Tun.DEVICE + " is missing; load it with: modprobe tun",
                cause);
        case Errno.EACCES, Errno.EPERM ->
            failure(
                EndpointError.NO_PERMISSION,
                "the process may not read and write " + Tun.DEVICE,
                cause);
        default -> other("the interface " + name + " can't be opened", cause);
      };
    }
    return entering(settings, cause);
  }

  private static EndpointException entering(TapSettings settings, LinuxException cause) {
    String namespace = settings.namespace();
    if (cause.call().startsWith("open(/run/netns/") && cause.errno() == Errno.ENOENT) {
      return failure(
          EndpointError.NO_SUCH_NAMESPACE,
          "netns is '" + namespace + "'; allowed are the names that ip netns lists",
          cause);
    }
    if (cause.call().startsWith("setns(") && cause.errno() == Errno.EPERM) {
      return failure(
          EndpointError.NO_PERMISSION,
          "entering the network namespace " + namespace + " needs the capability CAP_SYS_ADMIN",
          cause);
    }
    return other("the interface " + settings.interfaceName() + " can't be opened", cause);
  }

  /** Why a passed descriptor can't be used. */
  static EndpointException passed(int descriptor, LinuxException cause) {
    return switch (cause.errno()) {
      case Errno.EBADF ->
          failure(
              EndpointError.WRONG_DESCRIPTOR,
              "fd is '" + descriptor + "'; allowed is a descriptor that is open",
              cause);
      case Errno.ENOTTY, Errno.EINVAL, Errno.EBADFD ->
          failure(
              EndpointError.WRONG_DESCRIPTOR,
              "fd is '" + descriptor + "'; allowed is one that is attached to a TAP interface",
              cause);
      default -> other("the descriptor " + descriptor + " can't be used", cause);
    };
  }

  /** Why an interface could not be set up. */
  static EndpointException settingUp(String interfaceName, TapSettings settings, LinuxException e) {
    return switch (e.errno()) {
      case Errno.EPERM ->
          failure(
              EndpointError.NO_PERMISSION,
              "setting up the interface " + interfaceName + " needs the capability CAP_NET_ADMIN",
              e);
      case Errno.ENODEV ->
          failure(
              EndpointError.NO_SUCH_INTERFACE,
              "the interface " + interfaceName + " went away while it was set up",
              e);
      case Errno.EINVAL ->
          failure(
              EndpointError.INVALID_CONFIGURATION,
              "mtu is '" + settings.mtu() + "', which the interface " + interfaceName + " refuses",
              e);
      default -> other("the interface " + interfaceName + " can't be set up", e);
    };
  }

  /** A failure without a sentence of its own. */
  static EndpointException other(String what, LinuxException cause) {
    EndpointError error =
        switch (cause.errno()) {
          case Errno.EMFILE, Errno.ENFILE -> EndpointError.OUT_OF_DESCRIPTORS;
          case Errno.ENOMEM, Errno.ENOBUFS -> EndpointError.OUT_OF_MEMORY;
          case Errno.EPERM, Errno.EACCES -> EndpointError.NO_PERMISSION;
          default -> EndpointError.SYSTEM_CALL_FAILED;
        };
    return failure(error, what, cause);
  }

  private static EndpointException failure(
      EndpointError error, String detail, LinuxException cause) {
    return new EndpointException(error, detail + " (" + cause.getMessage() + ")", cause);
  }
}
