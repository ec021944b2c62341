package org.patchbay.vhostuser;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.service.log.Logger;
import org.patchbay.api.Endpoint;
import org.patchbay.api.InspectNode;
import org.patchbay.disconnectable.DisconnectableService;
import org.patchbay.frontend.EnginesComponent;
import org.patchbay.linux.driver.EpollWaitFactory;

/** NICs with real engines, on a framework without bundles, and what can be counted of them. */
final class NicFixture implements AutoCloseable {

  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(20);

  final Path folder;
  final List<String> log = new CopyOnWriteArrayList<>();
  private final Framework framework;
  private final EnginesComponent engines;
  private final List<VhostUserNic> nics = new ArrayList<>();

  NicFixture(Path folder) throws Exception {
    this.folder = folder;
    framework =
        new FrameworkFactory()
            .newFramework(
                Map.of(
                    Constants.FRAMEWORK_STORAGE,
                    folder.resolve("storage").toString(),
                    "felix.log.level",
                    "1"));
    framework.start();
    engines =
        new EnginesComponent(
            framework.getBundleContext(),
            new DisconnectableService(framework.getBundleContext()),
            logger(),
            new EpollWaitFactory());
  }

  /** A logger that keeps lines, with their arguments in place. */
  private Logger logger() {
    return (Logger)
        Proxy.newProxyInstance(
            Logger.class.getClassLoader(),
            new Class<?>[] {Logger.class},
            (proxy, method, arguments) -> {
              if (arguments != null && arguments.length > 0) {
                log.add(method.getName() + " " + format(arguments));
              }
              return null;
            });
  }

  private static String format(Object[] arguments) {
    String line = String.valueOf(arguments[0]);
    List<Object> values = new ArrayList<>();
    for (int i = 1; i < arguments.length; i++) {
      if (arguments[i] instanceof Object[] several) {
        values.addAll(List.of(several));
      } else {
        values.add(String.valueOf(arguments[i]));
      }
    }
    for (Object value : values) {
      line = line.replaceFirst("\\{}", Matcher.quoteReplacement(String.valueOf(value)));
    }
    return line;
  }

  /** Where a NIC of that name listens. */
  Path socket(String name) {
    return folder.resolve(name + ".sock");
  }

  /** Opens a NIC with an endpoint behind it; the fixture closes it. */
  VhostUserNic open(String name, Endpoint endpoint, Map<String, ?> values) throws Exception {
    Map<String, Object> all = new HashMap<>(Map.of("name", name, "socket", name + ".sock"));
    all.putAll(values);
    VhostUserNic nic =
        VhostUserNic.open(engines, VhostUserConfiguration.read(all, folder), logger());
    nics.add(nic);
    nic.engine()
        .control()
        .connect("test", endpoint)
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
    return nic;
  }

  /** What a NIC tells of itself. */
  static String inspect(VhostUserNic nic) {
    InspectNode node = new InspectNode();
    nic.engine().nic().inspect(node);
    return node.render();
  }

  /** A value of a NIC's inspection. */
  static String inspected(VhostUserNic nic, String key) {
    String text = inspect(nic);
    Matcher value = Pattern.compile("(?m)^ *" + Pattern.quote(key) + ": (.*)$").matcher(text);
    if (!value.find()) {
      throw new AssertionError("no " + key + " in:\n" + text);
    }
    return value.group(1);
  }

  /** Waits until a NIC's inspection has a value. */
  static void awaitInspected(VhostUserNic nic, String key, String wanted) {
    await(key + " is " + wanted, () -> inspected(nic, key).equals(wanted));
  }

  static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + LIMIT_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited in vain until " + what);
      }
      Thread.yield();
    }
  }

  /** How many descriptors this process has open. */
  static int descriptors() {
    String[] open = new File("/proc/self/fd").list();
    return open == null ? 0 : open.length;
  }

  /** How many mappings of guests' memory this process has. */
  static long mappings() {
    try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines.filter(line -> line.contains("memfd:")).count();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** How many threads of the platform this process has. */
  static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("patchbay-"))
        .count();
  }

  @Override
  public void close() throws Exception {
    nics.forEach(VhostUserNic::close);
    framework.stop();
    framework.waitForStop(TimeUnit.SECONDS.toMillis(10));
  }
}
