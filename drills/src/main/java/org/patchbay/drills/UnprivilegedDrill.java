package org.patchbay.drills;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.patchbay.drills.peer.FileServer;
import org.patchbay.drills.peer.Guest;
import org.patchbay.drills.peer.GuestImage;
import org.patchbay.drills.peer.GuestKernel;
import org.patchbay.drills.peer.GuestNic;
import org.patchbay.drills.peer.Passt;
import org.patchbay.drills.platform.Distribution;
import org.patchbay.drills.platform.Footprint;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.platform.VendorJar;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.Child;
import org.patchbay.drills.rig.PlainUser;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.Tool;

/**
 * User-mode networking without root and without a TAP:
 *
 * <pre>
 *  guest ─ QEMU ── vhost-user ── vm0 ~~ endpoint user0 ── unix socket ── passt ── 127.0.0.1
 * </pre>
 *
 * <p>QEMU, the platform and passt belong to a plain user, and none of them has a privilege. The
 * guest gets its address from passt, and fetches a file over HTTP from a server on this machine's
 * loopback interface; again after the NIC was moved away and back, and after passt was killed.
 */
final class UnprivilegedDrill extends PlatformDrill {
  private static final String NIC = "vm0";
  private static final String ENDPOINT = "user0";
  private static final String DEVICE = "eth0";
  private static final int FILE_BYTES = 2_000_000;
  private static final String TUN = "descriptor /dev/net/tun";

  UnprivilegedDrill() {
    super("unprivileged");
  }

  @Override
  public Optional<String> obstacle() throws RigException, InterruptedException {
    List<String> programs = new ArrayList<>(Guest.PROGRAMS);
    programs.add(Passt.PROGRAM);
    List<String> missing = Tool.missing(programs);
    if (!missing.isEmpty()) {
      return Optional.of(
          "it needs the programs "
              + String.join(", ", missing)
              + ": apt-get install qemu-system-x86 busybox-static passt");
    }
    Optional<String> noUser =
        PlainUser.find().obstacle(Path.of(System.getProperty("java.home"), "bin", "java"));
    return noUser.isPresent() ? noUser : GuestDrill.kernelObstacle();
  }

  @Override
  void run(Ground ground, Narrator out) throws RigException, InterruptedException {
    PlainUser user = PlainUser.find();
    Distribution distribution = copyDistribution(ground);
    PlatformProcess.prepareDeploy(ground.home(), VendorJar.of(VendorJar.NEXT));
    GuestImage image = image(ground.folder());
    // The user has this folder with all that is in it, and sees nothing of what root has.
    user.own(ground.folder());
    FileServer server = FileServer.start(ground.cleanup(), FILE_BYTES);
    Path socket = ground.folder().resolve("passt.sock");
    Passt passt = Passt.start(ground.cleanup(), user.prefix(), socket);
    ground.leftovers().process(passt.child());
    PlatformProcess platform = ground.start(user.prefix(), distribution, ground.home());
    String create = "create stream name=" + ENDPOINT + " mode=client path=" + socket;
    if (!Await.within(LIMIT, () -> platform.ask(create).done())) {
      platform.must(create); // Once more, for its words.
    }
    platform.must("plug " + NIC + " " + ENDPOINT);
    Guest guest =
        Guest.start(
            ground.cleanup(),
            user.prefix(),
            image,
            ground.folder(),
            "guest",
            List.of(
                GuestNic.connecting(
                    ground.home().resolve("run").resolve(NIC + ".sock"), GuestNetwork.GUEST_MAC)));
    ground.leftovers().process(guest.qemu());
    guest.awaitBoot();
    configure(guest, out);
    fetch(guest, server, out, "");
    requireNoPrivilege(List.of(guest.qemu(), platform.child(), passt.child()), out);
    requireNoTap(guest.qemu());
    requireNoTap(platform.child());
    if (user.isSeenByRoot()) {
      // passt lets nobody but root see what it has open.
      requireNoTap(passt.child());
    }
    platform.must("plug " + NIC + " loopback");
    platform.must("plug " + NIC + " " + ENDPOINT);
    fetch(guest, server, out, " after the NIC was moved away and back");
    passt.child().kill();
    Passt another = Passt.start(ground.cleanup(), user.prefix(), socket);
    ground.leftovers().process(another.child());
    fetch(guest, server, out, " after passt was killed and started again");
    requireNoPrivilege(List.of(guest.qemu(), platform.child(), another.child()), out);
    long ids = platform.inspect(NIC).number("ids outstanding");
    out.say("ids outstanding: " + ids);
    require(ids == 0, ids + " ids are outstanding at the end");
    platform.stop();
  }

  /** The clone may lie where only root can read. */
  private static Distribution copyDistribution(Ground ground)
      throws RigException, InterruptedException {
    Path copy = ground.folder().resolve("patchbay");
    Tool.must(List.of("cp", "-R", ground.distribution().folder().toString(), copy.toString()));
    return Distribution.in(copy);
  }

  /** So may the kernel. */
  private static GuestImage image(Path folder) throws RigException, InterruptedException {
    GuestImage image = GuestImage.make(folder, GuestKernel.get(), List.of());
    Path kernel = folder.resolve("vmlinuz");
    try {
      Files.copy(image.kernel(), kernel, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new RigException(image.kernel() + " can't be copied: " + e.getMessage(), e);
    }
    return new GuestImage(kernel, image.fileSystem());
  }

  /** Has the guest ask for its address, as any guest does. */
  private static void configure(Guest guest, Narrator out)
      throws RigException, InterruptedException {
    guest.must("ip link set " + DEVICE + " up");
    guest.must(
        "echo '#!/bin/sh' >/tmp/dhcp && echo '[ \"$1\" != bound ] || { ip addr add $ip/$mask dev "
            + DEVICE
            + " && ip route add default via $router; }' >>/tmp/dhcp && chmod +x /tmp/dhcp");
    guest.must("udhcpc -i " + DEVICE + " -n -q -t 8 -T 1 -s /tmp/dhcp");
    String route = guest.must("ip route");
    require(
        route.contains("default via " + Passt.GATEWAY),
        "The guest did not get its way by DHCP: " + route);
    out.say("  the guest has its address from passt by DHCP");
  }

  private static void fetch(Guest guest, FileServer server, Narrator out, String when)
      throws RigException, InterruptedException {
    // passt takes a while to be there again, and a guest that asks too early tries again late.
    String command = "timeout 3 wget -q -O - " + server.address(Passt.GATEWAY) + " | sha256sum";
    List<String> words = new ArrayList<>();
    boolean fetched =
        Await.within(
            LIMIT,
            () -> {
              words.clear();
              words.add(guest.run(command).text());
              return words.getFirst().startsWith(server.sum());
            });
    require(fetched, "The guest did not fetch the file" + when + ": " + words);
    out.say("  the guest fetched " + FILE_BYTES + " bytes, unspoiled" + when);
  }

  private static void requireNoPrivilege(List<Child> children, Narrator out) throws RigException {
    for (Child child : children) {
      PlainUser.requireNoPrivilege(child);
    }
    out.say(
        "  "
            + String.join(", ", children.stream().map(Child::name).toList())
            + ": not root, no capability");
  }

  private static void requireNoTap(Child child) throws RigException {
    require(!Footprint.of(child.pid()).held().containsKey(TUN), child.name() + " has a TAP open");
  }
}
