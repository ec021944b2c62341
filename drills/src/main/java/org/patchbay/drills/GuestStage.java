package org.patchbay.drills;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.patchbay.drills.peer.Guest;
import org.patchbay.drills.peer.GuestImage;
import org.patchbay.drills.peer.GuestKernel;
import org.patchbay.drills.peer.GuestNic;
import org.patchbay.drills.platform.Inspection;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.RigException;

/**
 * A guest whose only NIC is {@link #NIC} of a platform, plugged to tap1, and the network behind it;
 * with what drills do and count there.
 */
final class GuestStage {
  /** The platform's NIC. */
  static final String NIC = "vm0";

  /** The interface in the guest. */
  static final String DEVICE = "eth0";

  private static final Duration LIMIT = Duration.ofSeconds(15);
  private static final String PINGS = "/tmp/pings";

  private final Ground ground;
  private final GuestNetwork network;
  private final VhostUserNic nic;
  private final GuestImage image;
  private final PlatformProcess platform;
  private Guest guest;
  private int boots;
  private long pinger;

  // What the guest counted before its driver began anew.
  private long earlierSent;
  private long earlierReceived;

  private GuestStage(
      Ground ground,
      GuestNetwork network,
      VhostUserNic nic,
      GuestImage image,
      PlatformProcess platform)
      throws RigException, InterruptedException {
    this.ground = ground;
    this.network = network;
    this.nic = nic;
    this.image = image;
    this.platform = platform;
    this.guest = start();
  }

  /** Sets up everything; returns when the guest has reached S. */
  static GuestStage set(Ground ground) throws RigException, InterruptedException {
    return set(ground, 1, List.of(), List.of());
  }

  /**
   * Sets up everything; returns when the guest has reached S.
   *
   * @param queuePairs of the NIC
   * @param programs of this machine that the guest has, too
   * @param more further lines of the NIC's configuration
   */
  static GuestStage set(Ground ground, int queuePairs, List<String> programs, List<String> more)
      throws RigException, InterruptedException {
    GuestNetwork network = GuestNetwork.create(ground.cleanup());
    ground.leftovers().namespace(network.server());
    VhostUserNic nic =
        new VhostUserNic(
            NIC, ground.folder().resolve(NIC + ".sock"), false, queuePairs, "tap1", more);
    Map<String, List<String>> configurations = new HashMap<>(network.endpoints());
    configurations.put(nic.file(), nic.lines());
    PlatformProcess.prepareHome(ground.home(), configurations);
    PlatformProcess platform = ground.start();
    GuestImage image = GuestImage.make(ground.folder(), GuestKernel.get(), programs);
    GuestStage stage = new GuestStage(ground, network, nic, image, platform);
    stage.guest.awaitBoot();
    stage.bringUp();
    return stage;
  }

  private Guest start() throws RigException, InterruptedException {
    Guest started =
        Guest.start(
            ground.cleanup(),
            image,
            ground.folder(),
            "guest" + boots++,
            List.of(
                new GuestNic("n0", nic.socket(), false, nic.queuePairs(), GuestNetwork.GUEST_MAC)));
    ground.leftovers().process(started.qemu());
    return started;
  }

  /** Starts another QEMU in place of one that has ended; returns when the guest has reached S. */
  void startAgain() throws RigException, InterruptedException {
    guest = start();
    guest.awaitBoot();
    bringUp();
  }

  /** Gives the guest's interface its address, after a boot or a bind, and waits for S's answer. */
  void bringUp() throws RigException, InterruptedException {
    guest.must(
        "ip addr add "
            + GuestNetwork.GUEST_ADDRESS
            + "/24 dev "
            + DEVICE
            + " && ip link set "
            + DEVICE
            + " up");
    mustReachServer(LIMIT);
  }

  /** The network. */
  GuestNetwork network() {
    return network;
  }

  /** The platform. */
  PlatformProcess platform() {
    return platform;
  }

  /** The guest. */
  Guest guest() {
    return guest;
  }

  /** What the platform says of the NIC. */
  Inspection nic() throws RigException, InterruptedException {
    return platform.inspect(NIC);
  }

  /** Plugs an endpoint. */
  void plug(String endpoint) throws RigException, InterruptedException {
    platform.must("plug " + NIC + " " + endpoint);
  }

  /** Waits until S answers the guest. */
  void mustReachServer(Duration limit) throws RigException, InterruptedException {
    mustReach(guest, DEVICE, GuestNetwork.SERVER_ADDRESS, limit);
  }

  /** Waits until a host answers a guest's pings through one of its interfaces. */
  static void mustReach(Guest guest, String device, String address, Duration limit)
      throws RigException, InterruptedException {
    Guest.Answer answer =
        guest.run(
            "ping -i 0.05 -w "
                + Math.ceilDiv(limit.toMillis(), 1_000)
                + " -I "
                + device
                + " "
                + address
                + " | grep -q 'bytes from'");
    if (answer.status() != 0) {
      throw new RigException(
          "No ping of the guest's " + device + " was answered within " + limit.toMillis() + " ms.");
    }
  }

  /** Starts a ping of S in the guest, twenty a second, until {@link #endPings}. */
  void startPings() throws RigException, InterruptedException {
    pinger = guest.spawn("ping -i 0.05 " + GuestNetwork.SERVER_ADDRESS, PINGS);
  }

  /** Replies to those pings up to now. */
  long replies() throws RigException, InterruptedException {
    return Long.parseLong(guest.run("grep -c 'bytes from' " + PINGS).text().strip());
  }

  /** Waits until another reply comes. */
  void awaitReply(String when, Duration limit) throws RigException, InterruptedException {
    long before = replies();
    Await.until("a reply to the guest's pings " + when, limit, () -> replies() > before);
  }

  /** Ends the ping. */
  void endPings() throws RigException, InterruptedException {
    guest.must("kill -INT " + pinger);
    Await.until(
        "ping's last word",
        LIMIT,
        () -> guest.run("grep 'packets transmitted' " + PINGS).status() == 0);
  }

  /** How often the guest's carrier went or came since its driver was bound. */
  long carrierChanges() throws RigException, InterruptedException {
    return guest.number("/sys/class/net/" + DEVICE + "/carrier_changes");
  }

  /** Whether the guest sees a carrier. */
  boolean hasCarrier() throws RigException, InterruptedException {
    return guest.number("/sys/class/net/" + DEVICE + "/carrier") == 1;
  }

  /** Remembers the guest's counts, which its driver or a reset is about to set to 0. */
  void keepCounts() throws RigException, InterruptedException {
    earlierSent += counter("tx_packets");
    earlierReceived += counter("rx_packets");
  }

  private long counter(String name) throws RigException, InterruptedException {
    return guest.number("/sys/class/net/" + DEVICE + "/statistics/" + name);
  }

  /**
   * Checks that, traffic having ended, the guest, the platform and, if all went there, the TAPs
   * have counted the same frames, and that no id is outstanding.
   *
   * @param onTapsOnly whether the NIC was plugged to TAPs all the time
   */
  void settle(boolean onTapsOnly, Narrator out) throws RigException, InterruptedException {
    List<String> faults = new ArrayList<>();
    boolean agree =
        Await.within(
            Duration.ofSeconds(3),
            () -> {
              faults.clear();
              compare(onTapsOnly, faults);
              return faults.isEmpty();
            });
    long ids = nic().number("ids outstanding");
    out.say(
        String.format(
            "  the guest sent %d frames and received %d; ids outstanding: %d",
            earlierSent + counter("tx_packets"), earlierReceived + counter("rx_packets"), ids));
    if (!agree) {
      throw new RigException(String.join("; ", faults));
    }
    PlatformDrill.require(ids == 0, ids + " ids are outstanding at the end");
  }

  private void compare(boolean onTapsOnly, List<String> faults)
      throws RigException, InterruptedException {
    Inspection nic = nic();
    check(
        "frames the guest sent and the platform took",
        earlierSent + counter("tx_packets"),
        nic.number("tx packets"),
        faults);
    check(
        "frames the platform gave and the guest received",
        nic.number("rx packets"),
        earlierReceived + counter("rx_packets"),
        faults);
    if (onTapsOnly) {
      check(
          "frames the platform took and the TAPs got",
          nic.number("tx packets"),
          network.written(),
          faults);
      check(
          "frames the TAPs gave and the platform gave the guest",
          network.read(),
          nic.number("rx packets"),
          faults);
    }
  }

  private static void check(String what, long first, long second, List<String> faults) {
    if (first != second) {
      faults.add(what + ": " + first + " and " + second);
    }
  }

  /** Ends the platform in order, with the guest still there, which sees its carrier go. */
  void end(Narrator out) throws RigException, InterruptedException {
    out.say("  the platform ended " + platform.stop().toMillis() + " ms after SIGTERM");
    Await.until("the guest's carrier gone", LIMIT, () -> !hasCarrier());
  }
}
