package org.patchbay.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.Child;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.Namespace;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.TemporaryFolder;

/**
 * Two namespaces with a TAP each, joined by a cable of a running platform; beside them two others
 * that the plain C pump joins. One TCP stream of iperf3, and frames injected by trafgen and counted
 * by the kernel where they come out.
 */
final class CableBench implements Bench {

  private static final double LIMIT = 0.9;

  /** The lower of what the pump reached on the reference machine, in Gbit/s. */
  private static final double TCP_FIGURE = 1.2;

  private static final int STREAM_SECONDS = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final long WARM_UP_MILLIS = 500;
  private static final long COUNT_MILLIS = 1500;
  private static final String DEVICE_A = "tapa";
  private static final String DEVICE_B = "tapb";
  private static final String ADDRESS_B = "10.99.1.2";
  private static final Pattern STREAM_RATE =
      Pattern.compile("\"sum_received\":\\s*\\{[^}]*\"bits_per_second\":\\s*([0-9.e+]+)");

  /** A length of injected frames, and the pump's rate on the reference machine in thousands. */
  private record Size(int bytes, double figure) {}

  private static final List<Size> SIZES = List.of(new Size(60, 336), new Size(1496, 255));

  /** Two namespaces that something joins. */
  private record Wire(Namespace a, Namespace b) {

    static Wire create(Cleanup cleanup, String name) throws RigException, InterruptedException {
      return new Wire(Namespace.create(cleanup, name + "a"), Namespace.create(cleanup, name + "b"));
    }

    /** Gives the interfaces addresses, and waits until the far side answers. */
    void bringUp() throws RigException, InterruptedException {
      for (Namespace side : List.of(a, b)) {
        String device = side == a ? DEVICE_A : DEVICE_B;
        String address = side == a ? "10.99.1.1/24" : ADDRESS_B + "/24";
        Await.until("the interface " + device, PATIENCE, () -> side.hasInterface(device));
        side.ip("addr", "add", address, "dev", device);
        side.ip("link", "set", device, "up");
      }
      Await.until("an answer from the far side", PATIENCE, () -> answers());
    }

    private boolean answers() throws RigException, InterruptedException {
      try {
        Yard.run(a.inside("ping", "-c", "1", "-W", "1", ADDRESS_B));
        return true;
      } catch (RigException e) {
        return false;
      }
    }
  }

  @Override
  public String name() {
    return "cable";
  }

  @Override
  public String title() {
    return "a cable between two TAPs in two namespaces, beside the plain C pump";
  }

  @Override
  public boolean needsRoot() {
    return true;
  }

  @Override
  public void run(Yard yard, Report report) throws RigException, InterruptedException {
    Wire ours = Wire.create(yard.cleanup(), "cable");
    startPlatform(yard, ours);
    ours.bringUp();
    Wire theirs = Wire.create(yard.cleanup(), "pump");
    Child.start(
        yard.cleanup(),
        "the pump",
        Map.of(),
        List.of(yard.compile("pump"), theirs.a.name(), DEVICE_A, theirs.b.name(), DEVICE_B));
    theirs.bringUp();
    report.add(
        Rounds.inTurn(
            "cable TCP stream (at least)",
            "Gbit/s",
            () -> stream(ours),
            () -> stream(theirs),
            Target.ratioAtLeast(LIMIT),
            TCP_FIGURE));
    for (Size size : SIZES) {
      Path frame = frame(yard, size.bytes);
      report.add(
          Rounds.inTurn(
              "cable frames of %d B (at least)".formatted(size.bytes),
              "kpps",
              () -> frames(ours, frame),
              () -> frames(theirs, frame),
              Target.ratioAtLeast(LIMIT),
              size.figure));
    }
  }

  private static void startPlatform(Yard yard, Wire wire)
      throws RigException, InterruptedException {
    Path home = TemporaryFolder.create(yard.cleanup()).resolve("home");
    PlatformProcess.prepareHome(
        home,
        Map.of(
            "org.patchbay.tap-a.cfg", tap("ta", wire.a, DEVICE_A),
            "org.patchbay.tap-b.cfg", tap("tb", wire.b, DEVICE_B),
            "org.patchbay.cable-c0.cfg", List.of("name=c0", "a.plug=ta", "b.plug=tb")));
    PlatformProcess.start(
        yard.cleanup(),
        yard.distribution(),
        home,
        Map.of("JAVA_HOME", System.getProperty("java.home")));
  }

  private static List<String> tap(String name, Namespace namespace, String device) {
    return List.of("name=" + name, "ifname=" + device, "netns=" + namespace.name(), "up=true");
  }

  private static double stream(Wire wire) throws RigException, InterruptedException {
    try (Cleanup cleanup = Cleanup.open()) {
      Child server =
          Child.start(
              cleanup,
              "the iperf3 server",
              Map.of(),
              wire.b.inside("iperf3", "-s", "-1", "--forceflush"));
      server.awaitLine("that it listens", PATIENCE, line -> line.text().contains("listening"));
      String result =
          Yard.run(
              wire.a.inside(
                  "iperf3", "-c", ADDRESS_B, "-t", Integer.toString(STREAM_SECONDS), "-J"));
      Matcher matcher = STREAM_RATE.matcher(result);
      if (!matcher.find()) {
        throw new RigException("iperf3 told no rate: " + result);
      }
      return Double.parseDouble(matcher.group(1)) / 1e9;
    }
  }

  /** A packet as trafgen reads it: to the far side's address, of a type that nobody takes. */
  private static Path frame(Yard yard, int bytes) throws RigException {
    try {
      return Files.writeString(
          TemporaryFolder.create(yard.cleanup()).resolve("frame.cfg"),
          "{ 0x02, 0, 0, 0, 0, 0x0b, 0x02, 0, 0, 0, 0, 0x0a, c16(0x88b5), fill(0x5a, "
              + (bytes - 14)
              + ") }\n");
    } catch (IOException e) {
      throw new RigException("trafgen's frame can't be written: " + e.getMessage(), e);
    }
  }

  private static double frames(Wire wire, Path frame) throws RigException, InterruptedException {
    try (Cleanup cleanup = Cleanup.open()) {
      Child injector =
          Child.start(
              cleanup,
              "trafgen",
              Map.of(),
              wire.a.inside(
                  "trafgen", "--dev", DEVICE_A, "--conf", frame.toString(), "--cpus", "1"));
      Thread.sleep(WARM_UP_MILLIS);
      long begin = System.nanoTime();
      long before = wire.b.counter(DEVICE_B, "rx_packets");
      Thread.sleep(COUNT_MILLIS);
      long after = wire.b.counter(DEVICE_B, "rx_packets");
      double seconds = (System.nanoTime() - begin) / 1e9;
      if (!injector.isAlive() || after == before) {
        throw new RigException("trafgen sent nothing that came out: " + injector.tail());
      }
      return (after - before) / seconds / 1e3;
    }
  }
}
