package org.patchbay.drills;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.patchbay.drills.peer.FileServer;
import org.patchbay.drills.peer.Guest;
import org.patchbay.drills.peer.GuestImage;
import org.patchbay.drills.peer.GuestKernel;
import org.patchbay.drills.peer.StreamNic;
import org.patchbay.drills.platform.Footprint;
import org.patchbay.drills.platform.Inspection;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.platform.VendorJar;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.Child;
import org.patchbay.drills.rig.Namespace;
import org.patchbay.drills.rig.RigException;

/**
 * A guest whose NICs QEMU serves, with its stream netdev behind them, and the vendor's backend at
 * the other end:
 *
 * <pre>
 *  namespace Q                                                                     namespace S
 *  eth0 ─ QEMU ── unix socket (QEMU connects) ── q0 ~~ cable c0 ~~ tap1 ─────────── br0
 *  eth1 ─ QEMU ── TCP (QEMU listens) ─────────── q1 ~~ cable c1 ~~ tap2 ─────────── tap2
 * </pre>
 *
 * <p>It pings hosts behind our TAPs and fetches a file from them; each frame is counted by guest,
 * platform and kernel. QEMU is killed and another one takes its place.
 */
final class StreamQemuDrill extends GuestDrill {
  private static final int PINGS = 40;
  private static final String HOST = "127.0.0.1";
  private static final int PORT = 7701;
  private static final int HTTP_PORT = 8080;
  private static final int FILE_BYTES = 4_000_000;
  private static final String FILE = "file";

  /** One of the guest's NICs, and its way into S. */
  private record Way(String device, String guest, String server, String cable, String tap) {
    /** The cable's side towards QEMU. */
    String near() {
      return cable + ".a";
    }
  }

  private static final List<Way> WAYS =
      List.of(
          new Way("eth0", "10.77.0.1", KernelNetwork.SERVER_ADDRESS, "c0", "tap1"),
          new Way("eth1", "10.78.0.1", "10.78.0.2", "c1", "tap2"));

  StreamQemuDrill() {
    super("stream-qemu");
  }

  @Override
  void run(Ground ground, Narrator out) throws RigException, InterruptedException {
    GuestNetwork network = GuestNetwork.create(ground.cleanup());
    ground.leftovers().namespace(network.server());
    network.server().ip("link", "set", "tap2", "nomaster");
    network.server().ip("addr", "add", "10.78.0.2/24", "dev", "tap2");
    Namespace qemus = Namespace.create(ground.cleanup(), "q");
    ground.leftovers().namespace(qemus);
    prepareHome(ground, network);
    PlatformProcess platform = ground.start(qemus.prefix(), ground.distribution(), ground.home());
    String sum = serveFile(ground, network.server());
    Await.until("a socket for QEMU", LIMIT, () -> Files.exists(socket(ground)));
    GuestImage image = GuestImage.make(ground.folder(), GuestKernel.get(), List.of());
    Guest first = boot(ground, qemus, image, "first");
    Footprint before = Footprint.of(platform.child().pid());
    use(first, sum);
    compare(platform, network, first, out);
    unplugAndPlug(platform, first);
    out.say("  c1 unplugged and plugged again, with QEMU still there: pings are answered");
    first.qemu().kill();
    Guest second = boot(ground, qemus, image, "second");
    use(second, sum);
    out.say("  QEMU killed and started again: both NICs have their ways again");
    before.awaitNoMore(platform.child().pid(), LIMIT);
    second.qemu().kill();
    long ids = 0;
    for (Way way : WAYS) {
      ids += platform.inspect(way.near()).number("ids outstanding");
      ids += platform.inspect(way.cable + ".b").number("ids outstanding");
    }
    out.say("ids outstanding: " + ids);
    require(ids == 0, ids + " ids are outstanding at the end");
    platform.stop();
  }

  private static void prepareHome(Ground ground, GuestNetwork network) throws RigException {
    Map<String, List<String>> files = new HashMap<>(network.endpoints());
    files.put(
        "com.example.patchbay.stream-q0.cfg",
        List.of("name=q0", "mode=server", "path=" + socket(ground)));
    files.put(
        "com.example.patchbay.stream-q1.cfg",
        List.of("name=q1", "mode=client", "address=" + HOST + ":" + PORT));
    for (int i = 0; i < WAYS.size(); i++) {
      Way way = WAYS.get(i);
      files.put(
          "org.patchbay.cable-" + way.cable + ".cfg",
          List.of("name=" + way.cable, "a.plug=q" + i, "b.plug=" + way.tap));
    }
    PlatformProcess.prepareHome(ground.home(), files);
    PlatformProcess.prepareDeploy(ground.home(), VendorJar.of(VendorJar.NEXT));
  }

  private static Path socket(Ground ground) {
    return ground.folder().resolve("q0.sock");
  }

  /** Has S serve a file to whoever reaches it; answers its SHA-256. */
  private static String serveFile(Ground ground, Namespace server)
      throws RigException, InterruptedException {
    Path folder = ground.folder().resolve("www");
    byte[] file = FileServer.randomBytes(FILE_BYTES);
    try {
      Files.createDirectory(folder);
      Files.write(folder.resolve(FILE), file);
    } catch (IOException e) {
      throw new RigException("The file to fetch can't be made: " + e.getMessage(), e);
    }
    Child httpd =
        Child.start(
            ground.cleanup(),
            "busybox httpd",
            Map.of(),
            server.inside("busybox", "httpd", "-f", "-p", "" + HTTP_PORT, "-h", "" + folder));
    ground.leftovers().process(httpd);
    return FileServer.sum(file);
  }

  private static Guest boot(Ground ground, Namespace where, GuestImage image, String name)
      throws RigException, InterruptedException {
    Guest guest =
        Guest.start(
            ground.cleanup(),
            where.prefix(),
            image,
            ground.folder(),
            name,
            List.of(
                StreamNic.connecting("n0", socket(ground), "52:54:00:77:00:01"),
                StreamNic.listening("n1", HOST, PORT, "52:54:00:78:00:01")));
    ground.leftovers().process(guest.qemu());
    guest.awaitBoot();
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
    return guest;
  }

  /** Pings and fetches over both ways. */
  private static void use(Guest guest, String sum) throws RigException, InterruptedException {
    for (Way way : WAYS) {
      String pings = guest.must("ping -q -c " + PINGS + " -i 0.02 -s 1400 " + way.server);
      require(
          pings.contains(PINGS + " packets transmitted, " + PINGS + " packets received"),
          "Not every ping through " + way.device + " was answered: " + pings);
      String fetched =
          guest.must(
              "timeout 10 wget -q -O - http://"
                  + way.server
                  + ":"
                  + HTTP_PORT
                  + "/"
                  + FILE
                  + " | sha256sum");
      require(
          fetched.startsWith(sum),
          "The file that came through " + way.device + " is another: " + fetched);
    }
  }

  /** Checks that guest, platform and kernel counted the same frames, traffic having ended. */
  private static void compare(
      PlatformProcess platform, GuestNetwork network, Guest guest, Narrator out)
      throws RigException, InterruptedException {
    for (Way way : WAYS) {
      StringBuilder last = new StringBuilder();
      boolean agree =
          Await.within(
              Duration.ofSeconds(3),
              () -> {
                Inspection near = platform.inspect(way.near());
                long sent = guestCounts(guest, way, "tx");
                long received = guestCounts(guest, way, "rx");
                long taken = near.number("rx packets");
                long given = near.number("tx packets");
                long written = network.server().counter(way.tap, "rx_packets");
                long read = network.server().counter(way.tap, "tx_packets");
                last.setLength(0);
                last.append(
                    String.format(
                        "%s sent %d frames, the platform took %d, the TAP got %d; the TAP gave"
                            + " %d, the platform %d, %s got %d",
                        way.device, sent, taken, written, read, given, way.device, received));
                return sent == taken
                    && taken == written
                    && read == given
                    && given == received
                    && sent > PINGS;
              });
      out.say("  " + last);
      require(agree, "The counts differ: " + last);
    }
  }

  private static long guestCounts(Guest guest, Way way, String direction)
      throws RigException, InterruptedException {
    return guest.number("/sys/class/net/" + way.device + "/statistics/" + direction + "_packets");
  }

  /** QEMU 7.2 accepts again where it listens; where it connects, it does that once only. */
  private static void unplugAndPlug(PlatformProcess platform, Guest guest)
      throws RigException, InterruptedException {
    Way way = WAYS.getLast();
    platform.must("unplug " + way.near());
    require(
        guest.run("ping -q -c 1 -W 1 " + way.server).status() != 0,
        "The guest reaches S though its cable is unplugged");
    platform.must("plug " + way.near() + " q1");
    GuestStage.mustReach(guest, way.device, way.server, LIMIT);
  }
}
