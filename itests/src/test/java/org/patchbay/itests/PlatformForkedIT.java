package org.patchbay.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.CoreOptions.composite;
import static org.ops4j.pax.exam.CoreOptions.options;
import static org.ops4j.pax.exam.CoreOptions.systemProperty;
import static org.ops4j.pax.exam.CoreOptions.vmOption;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.BundleContext;

/** The platform in a process of its own, driven through its control socket. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class PlatformForkedIT {

  private static final String NIC = "nic0";

  @Inject private BundleContext context;
  private Rig rig;

  @Configuration
  public Option[] platform() throws IOException {
    // A temporary folder has mode 0700, as the socket's must.
    Path run = Files.createTempDirectory("patchbay-itests");
    run.toFile().deleteOnExit();
    // What this process was given: native access, and the agent that measures the coverage.
    Option[] vmOptions =
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(option -> option.startsWith("-javaagent:") || option.startsWith("--"))
            .map(option -> vmOption(option))
            .toArray(Option[]::new);
    return options(
        composite(Bundles.platform()),
        composite(vmOptions),
        systemProperty("patchbay.itests.bundles")
            .value(System.getProperty("patchbay.itests.bundles")),
        systemProperty("patchbay.run").value(run.toString()));
  }

  @Before
  public void plugAProbe() throws Exception {
    rig = new Rig(context);
    rig.probe(NIC, Map.of("plug", "loopback"));
    rig.awaitReceives(NIC);
  }

  @After
  public void endTheProbe() throws Exception {
    rig.close();
    Await.until("the NIC is gone", () -> rig.findNic(NIC) == null);
  }

  private static Path socket() {
    return Path.of(System.getProperty("patchbay.run"), "control.sock");
  }

  private static String exec(String command) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket()));
      ByteBuffer line = StandardCharsets.UTF_8.encode(command + "\n");
      while (line.hasRemaining()) {
        channel.write(line);
      }
      channel.shutdownOutput();
      return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String succeed(String command) throws IOException {
    String answer = exec(command);
    assertTrue(command + ": " + answer, answer.startsWith("OK\n"));
    return answer.substring("OK\n".length());
  }

  @Test
  public void commandsDoWhatTheySay() throws Exception {
    assertTrue(succeed("nics").matches("(?s)NAME .*\nnic0 +probe +up +loopback +loopback .*"));
    assertTrue(succeed("endpoints").matches("(?s).*\nloopback +loopback .*\nnull +null .*"));
    String plugged = succeed("plug nic0 null");
    assertTrue(
        plugged,
        plugged.matches(
            "nic0: loopback -> null, blackout .*, switch \\d+ µs, \\d+ buffers? returned,"
                + " \\d+ frames? lost\n"));
    assertEquals("null", rig.control(NIC).current().orElse(""));
    assertTrue(succeed("unplug nic0").startsWith("nic0: null -> -, "));
    assertTrue(succeed("plug nic0 loopback").startsWith("nic0: - -> loopback, "));
    rig.awaitReceives(NIC);
    String inspected = succeed("inspect nic0");
    assertTrue(inspected, inspected.contains("ids outstanding: 0\n"));
    assertTrue(inspected, inspected.contains("endpoint loopback\n"));
    assertTrue(inspected, inspected.matches("(?s).*last swaps\n.* unplugged .* plugged .*"));
    String statistics = succeed("stats");
    assertTrue(statistics, statistics.endsWith("\nids outstanding: 0\n"));
    assertFalse(statistics, statistics.matches("(?s).*\nnic0 +0 .*"));
    succeed("link nic0 down");
    Await.until("the link is down", () -> !rig.nic(NIC).isLinkUp());
    succeed("link nic0 up");
    rig.awaitReceives(NIC);
  }

  @Test
  public void badCommandsAreRefusedInASentence() throws IOException {
    assertEquals("ERROR\nThere is no NIC 'nic7'; the NICs are: nic0.\n", exec("unplug nic7"));
    assertTrue(
        exec("plug nic0 tap7").matches("ERROR\nnic0 was not plugged to tap7: .*loopback.*\n"));
    assertTrue(exec("create bridge").matches("ERROR\nNo bridge was created: .*tap.*\n"));
    assertTrue(exec("delete loopback").matches("ERROR\n'loopback' was not deleted: .*\n"));
    assertTrue(exec("dance").matches("ERROR\nThere is no command 'dance'; .*\n"));
  }

  @Test
  public void socketGoesAndComesWithTheBundle() throws Exception {
    assertTrue(Files.exists(socket()));
    var shell = rig.bundle("org.patchbay.shell");
    shell.stop();
    assertFalse(Files.exists(socket()));
    assertTrue(Rig.threads().stream().noneMatch(name -> name.startsWith("patchbay-control")));
    shell.start();
    assertTrue(succeed("nics").contains("nic0"));
  }
}
