package org.patchbay.drills;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.patchbay.drills.peer.Testpmd;
import org.patchbay.drills.platform.Footprint;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.RigException;

/**
 * Clients are killed under full load, one where the platform listens and one where it connects, and
 * come again, time after time: each has traffic within one interval of tries, and after each the
 * platform holds no descriptor, mapping or thread more than before.
 */
final class PeerKillDrill extends PlatformDrill {
  private static final int KILLS = 6;

  /** The longest time from a client's start to its first frame that came back. */
  private static final Duration RETRY = Duration.ofSeconds(2);

  private static final Duration LOAD = Duration.ofMillis(150);

  PeerKillDrill() {
    super("peer-kill");
  }

  @Override
  public Optional<String> obstacle() {
    return VirtioUserDrill.testpmdObstacle();
  }

  @Override
  void run(Ground ground, Narrator out) throws RigException, InterruptedException {
    VhostUserNic listens = nic(ground.folder(), "listens", false);
    VhostUserNic connects = nic(ground.folder(), "connects", true);
    PlatformProcess.prepareHome(
        ground.home(), Map.of(listens.file(), listens.lines(), connects.file(), connects.lines()));
    PlatformProcess platform = ground.start();
    long ids = 0;
    for (VhostUserNic nic : List.of(listens, connects)) {
      Await.until("the NIC " + nic.name(), LIMIT, () -> platform.ask("stats " + nic.name()).done());
      Footprint before = Footprint.of(platform.child().pid());
      long slowest = 0;
      for (int kill = 0; kill < KILLS; kill++) {
        slowest = Math.max(slowest, runAndKill(platform, nic));
        before.awaitNoMore(platform.child().pid(), LIMIT);
      }
      ids += platform.inspect(nic.name()).number("ids outstanding");
      out.say(
          "  platform "
              + nic.name()
              + ": "
              + KILLS
              + " clients killed, each had traffic after at most "
              + slowest
              + " ms");
    }
    out.say("ids outstanding: " + ids);
    require(ids == 0, ids + " ids are outstanding at the end");
    platform.stop();
  }

  private static VhostUserNic nic(Path folder, String name, boolean connects) {
    return new VhostUserNic(
        name, folder.resolve(name + ".sock"), connects, 1, "loopback", List.of());
  }

  /** Answers the milliseconds from the client's start to its first frame that came back. */
  private static long runAndKill(PlatformProcess platform, VhostUserNic nic)
      throws RigException, InterruptedException {
    try (Cleanup cleanup = Cleanup.open()) {
      long received = platform.inspect(nic.name()).number("rx packets");
      long begin = System.nanoTime();
      Testpmd client =
          Testpmd.start(
              cleanup,
              Testpmd.Setup.of(Testpmd.virtioUser(0, nic.socket(), nic.connects(), 1, ""), 1));
      client.forward("flowgen");
      Await.until("a frame that came back", RETRY, () -> client.counts(0).received() > 0);
      long took = (System.nanoTime() - begin) / 1_000_000;
      Thread.sleep(LOAD);
      client.child().kill();
      if (nic.connects()) {
        // Nobody else removes what a killed listener leaves.
        delete(nic.socket());
      }
      require(
          platform.inspect(nic.name()).number("rx packets") > received,
          "The platform did not count what it gave the client");
      Await.until(
          "the end of the connection",
          LIMIT,
          () -> !platform.inspect(nic.name()).value("connection").orElse("").equals("connected"));
      require(
          platform.inspect(nic.name()).number("ids outstanding") == 0,
          "Ids are outstanding after the client was killed");
      return took;
    }
  }

  private static void delete(Path socket) throws RigException {
    try {
      Files.delete(socket);
    } catch (IOException e) {
      throw new RigException(socket + " can't be deleted: " + e.getMessage(), e);
    }
  }
}
