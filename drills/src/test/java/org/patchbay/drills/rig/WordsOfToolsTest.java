package org.patchbay.drills.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What ping, iperf3, tcpdump and tc print, as Debian 12 has them. */
class WordsOfToolsTest {
  @Test
  void pingTellsItsCounts() throws RigException {
    String words =
        """
        PING 10.9.0.2 (10.9.0.2) 56(84) bytes of data.

        --- 10.9.0.2 ping statistics ---
        2975 packets transmitted, 2970 received, +3 errors, 0.168% packet loss, time 2981ms
        """;
    assertEquals(new PingSummary(2975, 2970), PingSummary.parse(words));
    assertThrows(RigException.class, () -> PingSummary.parse("PING 10.9.0.2"));
  }

  @Test
  void iperfTellsEachInterval() {
    assertEquals(
        Optional.of(new StreamInterval(0.5, 1.0, 3 * 0x1p20, false)),
        StreamInterval.parse(
            "[  5]   0.50-1.00   sec  3.00 MBytes  50.3 Mbits/sec                  "));
    assertEquals(
        Optional.of(new StreamInterval(0, 2, 402 * 0x1p10, false)),
        StreamInterval.parse(
            "[  5]   0.00-2.00   sec   402 KBytes  50.3 Mbits/sec    0    402 KBytes       "));
    assertEquals(
        Optional.of(new StreamInterval(1.5, 2.0, 0, false)),
        StreamInterval.parse(
            "[  5]   1.50-2.00   sec  0.00 Bytes  0.00 bits/sec                  "));
    assertEquals(
        Optional.of(new StreamInterval(0, 2, 12 * 0x1p20, true)),
        StreamInterval.parse(
            "[  5]   0.00-2.00   sec  12.0 MBytes  50.3 Mbits/sec                  receiver"));
    assertEquals(
        Optional.empty(), StreamInterval.parse("[ ID] Interval           Transfer     Bitrate"));
    assertEquals(
        Optional.empty(),
        StreamInterval.parse("[  5] local 10.9.0.2 port 5201 connected to 10.9.0.1 port 57664"));
  }

  @Test
  void tcpdumpTellsWhatItMissed() throws RigException {
    assertEquals(
        17,
        Capture.dropped(
            "4447 packets captured\n5449 packets received by filter\n17 packets dropped by kernel"));
    assertEquals(1, Capture.dropped("1 packet dropped by kernel"));
    assertThrows(RigException.class, () -> Capture.dropped("tcpdump: permission denied"));
  }

  @Test
  void tcTellsWhatEachQueueDropped() {
    String words =
        """
        qdisc mq 0: root
         Sent 10 bytes 1 pkt (dropped 2, overlimits 0 requeues 0)
         backlog 0b 0p requeues 0
        qdisc pfifo_fast 0: parent :1 bands 3 priomap 1 2 2 2
         Sent 10 bytes 1 pkt (dropped 40, overlimits 0 requeues 0)
        """;
    assertEquals(42, QueueDrops.parse(words));
    assertEquals(0, QueueDrops.parse(""));
  }
}
