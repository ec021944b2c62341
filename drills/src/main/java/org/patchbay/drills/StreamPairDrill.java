package org.patchbay.drills;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.patchbay.drills.platform.Footprint;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.platform.VendorJar;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.CommandPrefix;
import org.patchbay.drills.rig.Namespace;
import org.patchbay.drills.rig.RigException;

/**
 * Two platforms joined by the vendor's backend, of which now the one and now the other is killed
 * and started again:
 *
 * <pre>
 *  platform a                                          platform b
 *  probe nic0 ~~ s0 (listens) ── unix socket or TCP ── s0 (connects) ~~ cable c0 ~~ loopback
 * </pre>
 *
 * <p>Traffic goes on by itself, and the survivor holds no descriptor or thread more than before.
 */
final class StreamPairDrill extends PlatformDrill {
  private static final String NIC_FILE = "org.patchbay.probe-nic0.cfg";
  private static final String ENDPOINT_FILE = "com.example.patchbay.stream-s0.cfg";

  /** In a namespace of the drill's own, where nobody else has it. */
  private static final String ADDRESS = "127.0.0.1:7700";

  private static final int RATE = 1_000;

  /** The backend tries at most a second apart; the rest is for a machine that is busy. */
  private static final Duration RESUME = Duration.ofSeconds(10);

  private final boolean tcp;

  private StreamPairDrill(String name, boolean tcp) {
    super(name);
    this.tcp = tcp;
  }

  /** Over a unix socket, which needs no root. */
  static StreamPairDrill unix() {
    return new StreamPairDrill("stream-pair-unix", false);
  }

  /** Over TCP, in a network namespace. */
  static StreamPairDrill tcp() {
    return new StreamPairDrill("stream-pair-tcp", true);
  }

  @Override
  public Optional<String> obstacle() throws RigException, InterruptedException {
    if (!tcp) {
      return Optional.empty();
    }
    try (Cleanup cleanup = Cleanup.open()) {
      Namespace.create(cleanup, "try");
      return Optional.empty();
    } catch (RigException e) {
      return Optional.of("it needs root to make network namespaces (" + e.getMessage() + ")");
    }
  }

  @Override
  void run(Ground ground, Narrator out) throws RigException, InterruptedException {
    CommandPrefix prefix = CommandPrefix.NONE;
    String where = "path=" + ground.folder().resolve("pair.sock");
    if (tcp) {
      Namespace namespace = Namespace.create(ground.cleanup(), "p");
      ground.leftovers().namespace(namespace);
      prefix = namespace.prefix();
      where = "address=" + ADDRESS;
    }
    Path a = home(ground, "a", where + "\nmode=server", NIC_FILE, probe(RATE));
    Path b =
        home(
            ground,
            "b",
            where + "\nmode=client",
            "org.patchbay.cable-c0.cfg",
            List.of("name=c0", "a.plug=s0", "b.plug=loopback"));
    PlatformProcess sender = ground.start(prefix, ground.distribution(), a);
    PlatformProcess reflector = ground.start(prefix, ground.distribution(), b);
    awaitFlow(sender, LIMIT);
    Footprint survivor = Footprint.of(sender.child().pid());
    reflector.child().kill();
    reflector = ground.start(prefix, ground.distribution(), b);
    long afterReflector = awaitFlow(sender, RESUME);
    survivor.awaitNoMore(sender.child().pid(), LIMIT);
    survivor = Footprint.of(reflector.child().pid());
    sender.child().kill();
    sender = ground.start(prefix, ground.distribution(), a);
    long afterSender = awaitFlow(sender, RESUME);
    survivor.awaitNoMore(reflector.child().pid(), LIMIT);
    out.say(
        String.format(
            "  killed and started again: traffic %d ms after the one that connects was up, %d ms"
                + " after the one that listens was; the survivors hold nothing more than before",
            afterReflector, afterSender));
    compare(sender, reflector, out);
    end(sender, reflector, out);
  }

  private static Path home(
      Ground ground, String name, String endpoint, String nicFile, List<String> nic)
      throws RigException {
    Path home = ground.folder().resolve(name);
    PlatformProcess.prepareHome(
        home, Map.of(nicFile, nic, ENDPOINT_FILE, List.of("name=s0", endpoint)));
    PlatformProcess.prepareDeploy(home, VendorJar.of(VendorJar.NEXT));
    return home;
  }

  private static List<String> probe(int rate) {
    return List.of(
        "name=" + DEFAULT_NIC,
        "plug=s0",
        "rate=" + rate,
        "size=60,1514,333",
        "window=4096",
        "verify=true");
  }

  /** Waits until a frame came back; answers the milliseconds that took. */
  private static long awaitFlow(PlatformProcess sender, Duration limit)
      throws RigException, InterruptedException {
    long begin = System.nanoTime();
    Await.until("the NIC of the sender", limit, () -> sender.ask("stats " + DEFAULT_NIC).done());
    long returned = ProbeCounts.of(sender.inspect(DEFAULT_NIC)).returned();
    Await.until(
        "a frame that came back through the other platform",
        limit,
        () -> ProbeCounts.of(sender.inspect(DEFAULT_NIC)).returned() > returned);
    return (System.nanoTime() - begin) / 1_000_000;
  }

  /** Sends frames while nobody is killed: both platforms must count the same. */
  private static void compare(PlatformProcess sender, PlatformProcess reflector, Narrator out)
      throws RigException, InterruptedException {
    settle(sender);
    long sent = sender.inspect(DEFAULT_NIC).number("tx packets");
    long back = sender.inspect(DEFAULT_NIC).number("rx packets");
    long passed = reflector.inspect("c0.b").number("tx packets");
    long returned = reflector.inspect("c0.a").number("tx packets");
    PlatformProcess.prepareHome(sender.home(), Map.of(NIC_FILE, probe(RATE)));
    awaitFlow(sender, LIMIT);
    settle(sender);
    sent = sender.inspect(DEFAULT_NIC).number("tx packets") - sent;
    back = sender.inspect(DEFAULT_NIC).number("rx packets") - back;
    passed = reflector.inspect("c0.b").number("tx packets") - passed;
    returned = reflector.inspect("c0.a").number("tx packets") - returned;
    String counts =
        String.format(
            "a sent %d frames, b passed on %d and sent back %d, a got %d",
            sent, passed, returned, back);
    out.say("  " + counts);
    require(
        sent > 0 && sent == passed && sent == returned && sent == back,
        "The counts of both platforms differ: " + counts);
  }

  private static void settle(PlatformProcess sender) throws RigException, InterruptedException {
    PlatformProcess.prepareHome(sender.home(), Map.of(NIC_FILE, probe(0)));
    ProbeCounts.awaitRest(sender, DEFAULT_NIC);
  }

  private static void end(PlatformProcess sender, PlatformProcess reflector, Narrator out)
      throws RigException, InterruptedException {
    long ids = sender.inspect(DEFAULT_NIC).number("ids outstanding");
    for (String side : List.of("c0.a", "c0.b")) {
      ids += reflector.inspect(side).number("ids outstanding");
    }
    out.say("ids outstanding: " + ids);
    require(ids == 0, ids + " ids are outstanding at the end");
    sender.stop();
    reflector.stop();
  }
}
