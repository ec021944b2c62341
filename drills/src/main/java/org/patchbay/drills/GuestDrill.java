package org.patchbay.drills;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.patchbay.drills.peer.Guest;
import org.patchbay.drills.peer.GuestKernel;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.Tool;

/** A drill with a guest whose NIC a platform serves over vhost-user. */
abstract class GuestDrill extends PlatformDrill {
  private static final String PACKAGES =
      "apt-get install qemu-system-x86 busybox-static iproute2 iputils-ping iperf3 tcpdump";

  GuestDrill(String name) {
    super(name);
  }

  @Override
  public final Optional<String> obstacle() throws RigException, InterruptedException {
    return guestObstacle();
  }

  /** What this machine lacks for a guest behind a TAP, as a sentence; fetches its kernel. */
  static Optional<String> guestObstacle() throws RigException, InterruptedException {
    List<String> missing = new ArrayList<>(Tool.missing(Guest.PROGRAMS));
    if (!missing.isEmpty()) {
      return Optional.of("it needs the programs " + String.join(", ", missing) + ": " + PACKAGES);
    }
    Optional<String> noNetwork = KernelNetwork.obstacle();
    return noNetwork.isPresent() ? noNetwork : kernelObstacle();
  }

  /** What this machine lacks for a guest's kernel, as a sentence; fetches it. */
  static Optional<String> kernelObstacle() throws InterruptedException {
    @Nullable String obstacle = null;
    try {
      GuestKernel.get();
    } catch (RigException e) {
      obstacle = e.getMessage();
    }
    return Optional.ofNullable(obstacle);
  }
}
