package org.patchbay.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.patchbay.drills.peer.Testpmd;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.TemporaryFolder;

/**
 * A platform with 1, 10 and 100 vhost-user NICs, each with a client that is connected and silent:
 * the share of a core and the memory that each takes. Beside it DPDK's vhost device, whose way is
 * to poll.
 */
final class IdleBench implements Bench {

  private static final List<Integer> SIZES = List.of(1, 10, 100);

  /** In percent of a core. */
  private static final double LIMIT = 0.5;

  private static final int SECONDS = 4;
  private static final int SETTLE_SECONDS = 5;
  private static final int PORTS_A_CLIENT = 25;
  private static final int BUFFERS_A_PORT = 512;
  private static final int BUFFERS_LEAST = 2048; // testpmd wants more than 1024
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Override
  public String name() {
    return "idle";
  }

  @Override
  public String title() {
    return "core time and memory of idle vhost-user NICs, beside DPDK's vhost device";
  }

  @Override
  public void run(Yard yard, Report report) throws RigException, InterruptedException {
    VhostPlatform.requirePrograms();
    ProcessUsage.Memory none = measure(yard, report, 0, new ProcessUsage.Memory(0, 0, 0));
    for (int nics : SIZES) {
      measure(yard, report, nics, none);
    }
  }

  private static ProcessUsage.Memory measure(
      Yard yard, Report report, int nics, ProcessUsage.Memory none)
      throws RigException, InterruptedException {
    try (Cleanup cleanup = Cleanup.open()) {
      Path home = TemporaryFolder.create(cleanup).resolve("home");
      PlatformProcess.prepareHome(home, configurations(nics));
      PlatformProcess platform =
          PlatformProcess.start(
              cleanup,
              yard.distribution(),
              home,
              Map.of("JAVA_HOME", System.getProperty("java.home")));
      List<Path> sockets = new ArrayList<>();
      for (int nic = 0; nic < nics; nic++) {
        Path socket = home.resolve("run").resolve(name(nic) + ".sock");
        Await.until("a socket " + socket, PATIENCE, () -> socket.toFile().exists());
        sockets.add(socket);
      }
      connect(cleanup, sockets);
      ProcessUsage usage = new ProcessUsage(platform.child().pid());
      TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
      if (nics == 0) {
        report.note(
            String.format(
                Locale.ROOT,
                "the platform without NICs: %.2f %% of a core",
                usage.corePercent(SECONDS)));
      } else {
        Testpmd polling = pollingDevice(cleanup);
        report.add(
            Rounds.inTurn(
                "idle NIC of " + nics + " (target: ours)",
                "% of core",
                () -> usage.corePercent(SECONDS) / nics,
                () -> corePercent(polling),
                Target.valueAtMost(LIMIT),
                Row.NO_FIGURE));
      }
      ProcessUsage.Memory memory = usage.memory();
      if (nics > 0) {
        report.note(
            String.format(
                Locale.ROOT,
                "  memory per NIC of %d: resident %.0f KiB, proportional %.0f KiB, heap %.0f KiB",
                nics,
                perNic(memory.resident(), none.resident(), nics),
                perNic(memory.proportional(), none.proportional(), nics),
                perNic(memory.heap(), none.heap(), nics)));
      }
      platform.stop();
      return memory;
    }
  }

  private static double perNic(long with, long without, int nics) {
    return (with - without) / 1024.0 / nics;
  }

  private static String name(int nic) {
    return "idle" + nic;
  }

  private static Map<String, List<String>> configurations(int nics) {
    Map<String, List<String>> files = new TreeMap<>();
    for (int nic = 0; nic < nics; nic++) {
      files.put(
          VhostPlatform.FACTORY + "-" + name(nic) + ".cfg",
          List.of("name=" + name(nic), "socket=run/" + name(nic) + ".sock", "plug=loopback"));
    }
    return files;
  }

  /** Connects a client to each socket, and leaves it silent. */
  private static void connect(Cleanup cleanup, List<Path> sockets)
      throws RigException, InterruptedException {
    for (int first = 0; first < sockets.size(); first += PORTS_A_CLIENT) {
      List<String> ports = new ArrayList<>();
      for (Path socket : sockets.subList(first, Math.min(sockets.size(), first + PORTS_A_CLIENT))) {
        ports.add(Testpmd.virtioUser(ports.size(), socket, false, 1, ""));
      }
      Testpmd.start(
          cleanup,
          new Testpmd.Setup(
              ports,
              List.of(CorePlacement.CLIENT_CORE, CorePlacement.CLIENT_CORE),
              1,
              Math.max(ports.size() * BUFFERS_A_PORT, BUFFERS_LEAST),
              List.of()));
    }
  }

  /** DPDK's vhost device with a silent client; it rests. */
  private static Testpmd pollingDevice(Cleanup cleanup) throws RigException, InterruptedException {
    Path socket = TemporaryFolder.create(cleanup).resolve("nic.sock");
    Testpmd device = VhostBench.dpdkDevice(cleanup, socket);
    connect(cleanup, List.of(socket));
    return device;
  }

  private static double corePercent(Testpmd device) throws RigException, InterruptedException {
    device.forward("macswap");
    double percent = new ProcessUsage(device.child().pid()).corePercent(1);
    device.halt();
    return percent;
  }
}
