package org.patchbay.drills;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.patchbay.drills.peer.Guest;
import org.patchbay.drills.peer.GuestImage;
import org.patchbay.drills.peer.GuestKernel;
import org.patchbay.drills.peer.GuestNic;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.RigException;

/**
 * The platform is killed under a guest with two NICs, one where QEMU connects to the platform and
 * one where the platform connects to QEMU. The guest goes on without a link; the next platform
 * serves both within one interval of QEMU's tries, and with the guest's rings as they were.
 */
final class PlatformKillDrill extends GuestDrill {
  private static final int KILLS = 2;

  /**
   * QEMU tries once a second to connect; after that the guest is to see it and a ping to be sent.
   */
  private static final Duration RETRY = Duration.ofMillis(1_800);

  /** A second network over tap2, so that each NIC has a way of its own. */
  private record Way(String nic, String device, String guest, String server, String tap) {}

  private static final List<Way> WAYS =
      List.of(
          new Way("vm0", "eth0", "10.77.0.1", GuestNetwork.SERVER_ADDRESS, "tap1"),
          new Way("vm1", "eth1", "10.78.0.1", "10.78.0.2", "tap2"));

  PlatformKillDrill() {
    super("platform-kill");
  }

  @Override
  void run(Ground ground, Narrator out) throws RigException, InterruptedException {
    GuestNetwork network = GuestNetwork.create(ground.cleanup());
    ground.leftovers().namespace(network.server());
    network.server().ip("link", "set", "tap2", "nomaster");
    network.server().ip("addr", "add", "10.78.0.2/24", "dev", "tap2");
    prepareHome(ground, network);
    PlatformProcess platform = ground.start();
    Guest guest = boot(ground);
    for (Way way : WAYS) {
      guest.must(
          "ip addr add "
              + way.guest
              + "/24 dev "
              + way.device
              + " && ip link set "
              + way.device
              + " up");
      GuestStage.mustReach(guest, way.device, way.server, LIMIT);
    }
    for (int kill = 0; kill < KILLS; kill++) {
      platform = kill(ground, platform, guest, out);
    }
    long ids = 0;
    for (Way way : WAYS) {
      ids += platform.inspect(way.nic).number("ids outstanding");
    }
    out.say("ids outstanding: " + ids);
    require(ids == 0, ids + " ids are outstanding at the end");
    platform.stop();
  }

  private static void prepareHome(Ground ground, GuestNetwork network) throws RigException {
    Map<String, List<String>> configurations = new HashMap<>(network.endpoints());
    for (Way way : WAYS) {
      VhostUserNic nic =
          new VhostUserNic(
              way.nic, socket(ground, way), way.nic.equals("vm1"), 1, way.tap, List.of());
      configurations.put(nic.file(), nic.lines());
    }
    PlatformProcess.prepareHome(ground.home(), configurations);
  }

  private static Path socket(Ground ground, Way way) {
    return ground.folder().resolve(way.nic + ".sock");
  }

  private static Guest boot(Ground ground) throws RigException, InterruptedException {
    Guest guest =
        Guest.start(
            ground.cleanup(),
            GuestImage.make(ground.folder(), GuestKernel.get(), List.of()),
            ground.folder(),
            "guest",
            List.of(
                new GuestNic("n0", socket(ground, WAYS.get(0)), false, 1, "52:54:00:77:00:01"),
                new GuestNic("n1", socket(ground, WAYS.get(1)), true, 1, "52:54:00:78:00:01")));
    ground.leftovers().process(guest.qemu());
    guest.awaitBoot();
    return guest;
  }

  private static PlatformProcess kill(
      Ground ground, PlatformProcess platform, Guest guest, Narrator out)
      throws RigException, InterruptedException {
    // Traffic under way, so that buffers are taken and not given back.
    for (Way way : WAYS) {
      guest.spawn("ping -q -A " + way.server, "/tmp/" + way.device);
    }
    Thread.sleep(200);
    platform.child().kill();
    for (Way way : WAYS) {
      Await.until("the carrier of " + way.device + " gone", LIMIT, () -> !hasCarrier(guest, way));
    }
    PlatformProcess next = ground.start();
    long begin = System.nanoTime();
    StringBuilder times = new StringBuilder();
    for (Way way : WAYS) {
      Await.until("the carrier of " + way.device + " back", RETRY, () -> hasCarrier(guest, way));
      GuestStage.mustReach(guest, way.device, way.server, RETRY);
      times.append(" ").append((System.nanoTime() - begin) / 1_000_000).append(" ms");
    }
    out.say("  killed and started again: traffic of both NICs after" + times);
    guest.must("killall ping");
    return next;
  }

  private static boolean hasCarrier(Guest guest, Way way)
      throws RigException, InterruptedException {
    return guest.number("/sys/class/net/" + way.device + "/carrier") == 1;
  }
}
