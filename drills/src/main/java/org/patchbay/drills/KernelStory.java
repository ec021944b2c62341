package org.patchbay.drills;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.rig.Frame;
import org.patchbay.drills.rig.FrameAccount;
import org.patchbay.drills.rig.RigException;

/**
 * The story of a host whose uplink moves: namespace H has one interface, a TAP of the platform's,
 * cabled to a disconnectable uplink; namespace S offers two persistent TAPs at one bridge. The
 * uplink takes the {@link UplinkSteps}, while H pings each millisecond and keeps one TCP stream.
 * Needs root.
 */
final class KernelStory {
  /** The NIC that is moved: the cable's side towards S. */
  private static final String UPLINK = "c0.b";

  private static final String HOST_SIDE = "c0.a";

  private KernelStory() {}

  /** What this machine lacks for it. */
  static Optional<String> obstacle() throws RigException, InterruptedException {
    return KernelNetwork.obstacle();
  }

  /** Tells it, and leaves nothing behind. */
  static Story tell(Narrator out) throws RigException, InterruptedException {
    return Ground.use(ground -> run(ground, out));
  }

  private static Story run(Ground ground, Narrator out) throws RigException, InterruptedException {
    KernelNetwork network = KernelNetwork.create(ground.cleanup());
    ground.leftovers().namespace(network.host()).namespace(network.server());
    PlatformProcess.prepareHome(
        ground.home(),
        Map.of(
            "org.patchbay.cable-c0.cfg",
            List.of(
                "name=c0",
                "a.plug=host",
                "b.plug=tap1",
                "b.failover=(patchbay.endpoint.type=tap)",
                "b.hold=2000")));
    PlatformProcess platform = ground.start();
    connect(platform, network);
    out.say(
        "H ("
            + KernelNetwork.HOST_ADDRESS
            + ") reaches S ("
            + KernelNetwork.SERVER_ADDRESS
            + ") through the platform: host0 ~ cable c0 ~ tap1.");
    KernelTraffic traffic =
        KernelTraffic.start(ground.cleanup(), network, ground.folder(), UplinkSteps.SECONDS);
    out.say("H pings S each millisecond and holds a TCP stream to it.");
    UplinkSteps steps = new UplinkSteps(out, platform, UPLINK, List.of(UPLINK, HOST_SIDE), traffic);
    steps.take(network.server().name());
    long ids = steps.idsOutstanding();
    KernelTraffic.Counts counts = traffic.finish(Duration.ofSeconds(UplinkSteps.SECONDS));
    List<StepRow> rows = account(steps, counts);
    List<String> faults = new ArrayList<>(steps.faults());
    faults.addAll(counts.faults());
    out.say("The platform ended " + platform.stop().toMillis() + " ms after SIGTERM.");
    return new Story(rows, "TCP alive", ids, faults);
  }

  private static void connect(PlatformProcess platform, KernelNetwork network)
      throws RigException, InterruptedException {
    UplinkSteps.createTap(platform, "host", KernelNetwork.HOST_DEVICE, network.host().name());
    network.addressHost();
    for (String tap : List.of("tap1", "tap2")) {
      UplinkSteps.createTap(platform, tap, tap, network.server().name());
    }
    UplinkSteps.awaitCurrent(platform, HOST_SIDE, "host");
    UplinkSteps.awaitCurrent(platform, UPLINK, "tap1");
  }

  private static List<StepRow> account(UplinkSteps steps, KernelTraffic.Counts counts) {
    long[] arrivals =
        counts.end().stream()
            .filter(frame -> frame.isFrom(counts.hostAddress()))
            .mapToLong(Frame::nanos)
            .toArray();
    return steps.judge(
        FrameAccount.of(counts.begin(), counts.hostAddress(), counts.end(), steps.spans(arrivals))
            .stream()
            .map(FrameAccount.Tally::frames)
            .toList());
  }
}
