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
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.Namespace;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.StreamInterval;

/**
 * Two guests, each on a network of its own, and a cable between the networks:
 *
 * <pre>
 *  guest a ~~ vma ~~ ga ─ br0 ─ ca ~~ cable c0 ~~ cb ─ br0 ─ gb ~~ vmb ~~ guest b
 *                    └ namespace a ┘             └ namespace b ┘
 * </pre>
 *
 * <p>They ping each other and hold a TCP stream; while the cable is unplugged on one side nothing
 * passes, and after that everything does again. Every frame is counted by both guests.
 */
final class TwoGuestsDrill extends GuestDrill {
  private static final List<Side> SIDES =
      List.of(new Side("a", "10.77.0.1"), new Side("b", "10.77.0.2"));
  private static final List<String> NICS = List.of("vma", "vmb", "c0.a", "c0.b");
  private static final String BRIDGE = KernelNetwork.BRIDGE;
  private static final int PINGS = 40;
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** A guest's side of the cable. */
  private record Side(String name, String address) {
    String nic() {
      return "vm" + name;
    }

    /** The TAP of the guest's NIC. */
    String guestTap() {
      return "g" + name;
    }

    /** The TAP at the end of the cable. */
    String cableTap() {
      return "c" + name;
    }
  }

  TwoGuestsDrill() {
    super("two-guests");
  }

  @Override
  void run(Ground ground, Narrator out) throws RigException, InterruptedException {
    Map<String, List<String>> configurations = new HashMap<>();
    configurations.put("org.patchbay.cable-c0.cfg", List.of("name=c0", "a.plug=ca", "b.plug=cb"));
    List<Namespace> namespaces = new ArrayList<>();
    for (Side side : SIDES) {
      Namespace namespace = network(ground, side);
      namespaces.add(namespace);
      for (String tap : List.of(side.guestTap(), side.cableTap())) {
        configurations.put(
            "org.patchbay.tap-" + tap + ".cfg",
            List.of("name=" + tap, "ifname=" + tap, "netns=" + namespace.name()));
      }
      VhostUserNic nic = VhostUserNic.listening(side.nic(), ground.folder(), side.guestTap());
      configurations.put(nic.file(), nic.lines());
    }
    PlatformProcess.prepareHome(ground.home(), configurations);
    PlatformProcess platform = ground.start();
    List<Guest> guests = boot(ground);
    List<Long> carrier = new ArrayList<>();
    for (Guest guest : guests) {
      carrier.add(carrierChanges(guest));
    }
    ping(guests, out);
    unplugAndPlug(platform, guests, out);
    stream(guests, out);
    for (int i = 0; i < guests.size(); i++) {
      require(carrierChanges(guests.get(i)) == carrier.get(i), "A guest's carrier changed");
    }
    long ids = 0;
    for (String nic : NICS) {
      ids += platform.inspect(nic).number("ids outstanding");
    }
    out.say("ids outstanding: " + ids);
    require(ids == 0, ids + " ids are outstanding at the end");
    platform.stop();
  }

  private static Namespace network(Ground ground, Side side)
      throws RigException, InterruptedException {
    Namespace namespace = Namespace.create(ground.cleanup(), side.name);
    ground.leftovers().namespace(namespace);
    namespace.ip("link", "add", "name", BRIDGE, "type", "bridge");
    namespace.ip("link", "set", BRIDGE, "up");
    for (String tap : List.of(side.guestTap(), side.cableTap())) {
      namespace.ip("tuntap", "add", "dev", tap, "mode", "tap", "vnet_hdr");
      namespace.ip("link", "set", tap, "master", BRIDGE, "up");
    }
    return namespace;
  }

  /** Boots both at the same time. */
  private static List<Guest> boot(Ground ground) throws RigException, InterruptedException {
    GuestImage image = GuestImage.make(ground.folder(), GuestKernel.get(), List.of("iperf3"));
    List<Guest> guests = new ArrayList<>();
    for (Side side : SIDES) {
      Guest guest =
          Guest.start(
              ground.cleanup(),
              image,
              ground.folder(),
              side.name,
              List.of(
                  GuestNic.connecting(
                      VhostUserNic.listening(side.nic(), ground.folder(), "").socket(),
                      "52:54:00:77:00:0" + side.name)));
      ground.leftovers().process(guest.qemu());
      guests.add(guest);
    }
    for (int i = 0; i < guests.size(); i++) {
      guests.get(i).awaitBoot();
      guests
          .get(i)
          .must("ip addr add " + SIDES.get(i).address + "/24 dev eth0 && ip link set eth0 up");
    }
    Await.until("an answer of one guest to the other", LIMIT, () -> reaches(guests));
    return guests;
  }

  private static boolean reaches(List<Guest> guests) throws RigException, InterruptedException {
    return guests.getFirst().run("ping -q -c 1 -W 1 " + SIDES.getLast().address).status() == 0;
  }

  private static void ping(List<Guest> guests, Narrator out)
      throws RigException, InterruptedException {
    for (int i = 0; i < guests.size(); i++) {
      String other = SIDES.get(1 - i).address;
      String words = guests.get(i).must("ping -q -c " + PINGS + " -i 0.02 " + other);
      require(
          words.contains(PINGS + " packets transmitted, " + PINGS + " packets received"),
          "Not every ping through the cable was answered: " + words);
    }
    // The networks have nobody else in them, so what one sent the other received.
    Await.until(
        "the same count at both guests",
        LIMIT,
        () ->
            count(guests.getFirst(), "tx") == count(guests.getLast(), "rx")
                && count(guests.getLast(), "tx") == count(guests.getFirst(), "rx"));
    out.say(
        String.format(
            "  pings both ways; a sent %d frames and b received them, b sent %d and a received them",
            count(guests.getFirst(), "tx"), count(guests.getLast(), "tx")));
  }

  private static long carrierChanges(Guest guest) throws RigException, InterruptedException {
    return guest.number("/sys/class/net/eth0/carrier_changes");
  }

  private static long count(Guest guest, String direction)
      throws RigException, InterruptedException {
    return guest.number("/sys/class/net/eth0/statistics/" + direction + "_packets");
  }

  private static void unplugAndPlug(PlatformProcess platform, List<Guest> guests, Narrator out)
      throws RigException, InterruptedException {
    platform.must("unplug c0.b");
    require(!reaches(guests), "The guests reach each other though the cable is unplugged");
    platform.must("plug c0.b " + SIDES.getLast().cableTap());
    Await.until("an answer after the cable was plugged again", LIMIT, () -> reaches(guests));
    out.say("  unplugged, nothing passes; plugged again, pings are answered");
  }

  private static void stream(List<Guest> guests, Narrator out)
      throws RigException, InterruptedException {
    Guest server = guests.getLast();
    long pid = server.spawn("iperf3 -s -1 --forceflush", "/tmp/server");
    Await.until(
        "an iperf3 server in the guest",
        LIMIT,
        () -> server.run("grep -q listening /tmp/server").status() == 0);
    String words = guests.getFirst().must("iperf3 -c " + SIDES.getLast().address + " -t 2 -f m");
    Await.until(
        "the end of the iperf3 server in the guest",
        LIMIT,
        () -> server.run("kill -0 " + pid).status() != 0);
    String sum =
        words.lines().filter(line -> line.strip().endsWith("receiver")).findFirst().orElse("");
    double bytes = StreamInterval.parse(sum).map(StreamInterval::bytes).orElse(0.0);
    require(bytes > 1e6, "Only " + bytes + " bytes came through the cable: " + words);
    out.say(String.format("  a TCP stream through the cable: %.0f Mbit/s", bytes * 8 / 2 / 1e6));
  }
}
