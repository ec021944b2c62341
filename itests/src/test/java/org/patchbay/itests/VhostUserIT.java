package org.patchbay.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
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
import org.patchbay.api.control.NicStatistics;

/** A vhost-user NIC as a component: configured, connected to, swapped, and gone without a rest. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class VhostUserIT {

  private static final String NIC = "vm0";
  private static final String PID = "org.patchbay.vhostuser";
  private static final int GET_FEATURES = 1;
  private static final int GET_QUEUE_NUM = 17;
  private static final int REPLY_FLAGS = 5;

  @Inject private BundleContext context;
  private Rig rig;
  private Path folder;
  private Path socket;

  @Configuration
  public Option[] platform() {
    return Bundles.platform();
  }

  @Before
  public void makeFolder() throws IOException {
    rig = new Rig(context);
    folder = Files.createTempDirectory("patchbay-vhost");
    socket = folder.resolve("vm0.sock");
  }

  @After
  public void close() throws Exception {
    rig.close();
    Await.until("the NIC is gone", () -> rig.findNic(NIC) == null);
    Await.until("its socket is gone", () -> !Files.exists(socket));
    Files.delete(folder);
  }

  private org.osgi.service.cm.Configuration configure(Map<String, ?> values) throws Exception {
    org.osgi.service.cm.Configuration configuration = rig.configure(PID, NIC, values);
    Await.until("NIC vm0 is there", () -> rig.findNic(NIC) != null);
    Await.until("its socket is there", () -> Files.exists(socket));
    return configuration;
  }

  private SocketChannel connect() throws IOException {
    SocketChannel peer = SocketChannel.open(StandardProtocolFamily.UNIX);
    peer.connect(UnixDomainSocketAddress.of(socket));
    return peer;
  }

  /** The number that a request without payload is answered by. */
  private static long ask(SocketChannel peer, int request) throws IOException {
    ByteBuffer message = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
    peer.write(message.putInt(request).putInt(1).putInt(0).flip());
    message.clear();
    while (message.hasRemaining()) {
      if (peer.read(message) < 0) {
        throw new EOFException("the NIC has hung up");
      }
    }
    assertEquals(request, message.getInt(0));
    assertEquals(REPLY_FLAGS, message.getInt(4));
    assertEquals(8, message.getInt(8));
    return message.getLong(12);
  }

  @Test
  public void servesItsPeerThroughSwapsAndLeavesNothing() throws Exception {
    Await.value("no thread of it runs", VhostUserIT::threads, count -> count == 0);
    org.osgi.service.cm.Configuration configuration =
        configure(Map.of("socket", socket.toString(), "plug", "loopback", "queue-pairs", 2));
    rig.awaitCurrent(NIC, "loopback");
    try (SocketChannel peer = connect()) {
      long features = ask(peer, GET_FEATURES);
      assertEquals("VERSION_1 is offered", 1, features >>> 32 & 1);
      assertEquals(2, ask(peer, GET_QUEUE_NUM));
      rig.plug(NIC, "null");
      assertEquals("the same whatever is plugged", features, ask(peer, GET_FEATURES));
      rig.plug(NIC, "loopback");
      assertEquals(1, rig.inspected(NIC, "connections"));
      assertEquals(2, rig.inspected(NIC, "GET_FEATURES"));
      NicStatistics statistics = rig.nic(NIC).statistics();
      assertEquals(0, statistics.idsOutstanding());
      configuration.delete();
      assertEquals("the connection ends", -1, peer.read(ByteBuffer.allocate(1)));
    }
    Await.until("the NIC is gone", () -> rig.findNic(NIC) == null);
    Await.value("its threads have ended", VhostUserIT::threads, count -> count == 0);
    assertFalse(Files.exists(socket));
  }

  @Test
  public void followsItsConfigurationAndRefusesABadOne() throws Exception {
    org.osgi.service.cm.Configuration configuration =
        configure(Map.of("socket", socket.toString()));
    configuration.update(
        Rig.dictionary(NIC, Map.of("socket", socket.toString(), "queue-pairs", "many")));
    try (SocketChannel peer = connect()) {
      assertEquals("a bad configuration changes nothing", 1, ask(peer, GET_QUEUE_NUM));
    }
    configuration.update(
        Rig.dictionary(NIC, Map.of("socket", socket.toString(), "queue-pairs", 3)));
    Await.value("three pairs are offered", this::queuePairs, pairs -> pairs == 3);
  }

  private long queuePairs() {
    try (SocketChannel peer = connect()) {
      return ask(peer, GET_QUEUE_NUM);
    } catch (IOException e) {
      // The NIC is just being made anew.
      return -1;
    }
  }

  private static long threads() {
    return Rig.threads().stream().filter(name -> name.startsWith("patchbay-" + NIC)).count();
  }
}
