package org.patchbay.drills;

import java.time.Duration;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.RigException;

/**
 * What happens to a machine: its NIC's link goes down and up, from QEMU's side and from ours; it is
 * stopped and goes on; its driver is unbound and bound; it reboots. After each the guest pings.
 */
final class GuestLifeDrill extends GuestDrill {
  /** QEMU tries once a second to connect. */
  private static final Duration RETRY = Duration.ofMillis(1_500);

  private static final Duration STOPPED = Duration.ofMillis(500);

  /** The device is the first on the guest's virtio bus. */
  private static final String DRIVER = "/sys/bus/virtio/drivers/virtio_net/";

  GuestLifeDrill() {
    super("guest-life");
  }

  @Override
  void run(Ground ground, Narrator out) throws RigException, InterruptedException {
    GuestStage stage = GuestStage.set(ground);
    qemuLink(stage);
    out.say("  set_link off and on: the carrier went and came, pings are answered");
    ourLink(stage, out);
    stopAndGoOn(stage);
    out.say("  stop and cont: pings are answered");
    bindAgain(stage);
    out.say("  unbind and bind: pings are answered");
    reboot(stage);
    out.say("  reboot: pings are answered");
    stage.settle(true, out);
    stage.end(out);
  }

  private static void qemuLink(GuestStage stage) throws RigException, InterruptedException {
    long carrier = stage.carrierChanges();
    stage.guest().monitor("set_link", "{\"name\": \"n0\", \"up\": false}");
    Await.until("the guest's carrier gone", LIMIT, () -> !stage.hasCarrier());
    stage.guest().monitor("set_link", "{\"name\": \"n0\", \"up\": true}");
    Await.until("the guest's carrier back", LIMIT, stage::hasCarrier);
    require(
        stage.carrierChanges() == carrier + 2,
        "The guest's carrier did not change twice, but "
            + (stage.carrierChanges() - carrier)
            + " times");
    stage.mustReachServer(LIMIT);
  }

  private static void ourLink(GuestStage stage, Narrator out)
      throws RigException, InterruptedException {
    long connections = stage.nic().number("connections");
    stage.platform().must("link " + GuestStage.NIC + " down");
    Await.until("the guest's carrier gone", LIMIT, () -> !stage.hasCarrier());
    // QEMU must find nobody as long as the link is down.
    Thread.sleep(RETRY);
    require(!stage.hasCarrier(), "The guest's carrier came back though the link is down");
    require(
        stage.nic().number("connections") == connections,
        "QEMU was let in though the link is down");
    stage.platform().must("link " + GuestStage.NIC + " up");
    long begin = System.nanoTime();
    Await.until("the guest's carrier back", RETRY, stage::hasCarrier);
    out.say(
        "  link down and up: the carrier came "
            + (System.nanoTime() - begin) / 1_000_000
            + " ms after up");
    stage.mustReachServer(LIMIT);
  }

  private static void stopAndGoOn(GuestStage stage) throws RigException, InterruptedException {
    long carrier = stage.carrierChanges();
    stage.startPings();
    stage.awaitReply("before the machine stops", LIMIT);
    stage.guest().monitor("stop", "{}");
    Thread.sleep(STOPPED);
    stage.guest().monitor("cont", "{}");
    stage.awaitReply("after the machine went on", LIMIT);
    stage.endPings();
    require(stage.carrierChanges() == carrier, "The guest's carrier changed");
  }

  private static void bindAgain(GuestStage stage) throws RigException, InterruptedException {
    stage.keepCounts();
    stage.guest().must("echo virtio0 >" + DRIVER + "unbind");
    require(
        stage.guest().run("test -e /sys/class/net/" + GuestStage.DEVICE).status() != 0,
        "The interface stayed when its driver was unbound");
    stage.guest().must("echo virtio0 >" + DRIVER + "bind");
    stage.bringUp();
  }

  private static void reboot(GuestStage stage) throws RigException, InterruptedException {
    stage.keepCounts();
    stage.guest().monitor("system_reset", "{}");
    stage.guest().awaitBoot();
    stage.bringUp();
  }
}
