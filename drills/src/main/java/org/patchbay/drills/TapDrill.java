package org.patchbay.drills;

import java.util.Map;
import java.util.Optional;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.rig.Namespace;
import org.patchbay.drills.rig.RigException;

/**
 * TAP interfaces that the platform makes come and go with their configuration, and go with the
 * platform; one that was there before stays.
 */
final class TapDrill extends PlatformDrill {
  TapDrill() {
    super("tap-interfaces");
  }

  @Override
  public Optional<String> obstacle() throws RigException, InterruptedException {
    return KernelNetwork.obstacle();
  }

  @Override
  void run(Ground ground, Narrator out) throws RigException, InterruptedException {
    Namespace namespace = Namespace.create(ground.cleanup(), "t");
    ground.leftovers().namespace(namespace);
    namespace.ip("tuntap", "add", "dev", "ours", "mode", "tap", "vnet_hdr");
    PlatformProcess.prepareHome(ground.home(), Map.of(DEFAULT_NIC_FILE, DEFAULT_NIC_LINES));
    PlatformProcess platform = ground.start();

    create(platform, namespace, "first");
    platform.must("delete first");
    require(!namespace.hasInterface("first"), "The interface stayed when its endpoint was deleted");

    create(platform, namespace, "second");
    create(platform, namespace, "ours");
    platform.must("plug " + DEFAULT_NIC + " second");
    requireQuiet(platform);
    require(
        !platform.ask("create tap name=again ifname=ours netns=" + namespace.name()).done(),
        "An interface that is held was given to a second endpoint");
    end(platform, out);
    require(!namespace.hasInterface("second"), "The interface stayed when the platform ended");
    require(namespace.hasInterface("ours"), "An interface went that the platform had not made");
  }

  private static void create(PlatformProcess platform, Namespace namespace, String device)
      throws RigException, InterruptedException {
    platform.must("create tap name=" + device + " ifname=" + device + " netns=" + namespace.name());
    require(namespace.hasInterface(device), "The interface " + device + " was not made");
  }
}
