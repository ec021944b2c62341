package org.patchbay.vhostuser.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.patchbay.api.TxBatch;
import org.patchbay.api.TxFlags;

/** What is true of each request that reaches a backend, whatever the guest wrote. */
final class RequestCheck {

  private RequestCheck() {}

  static void check(TxBatch batch, int packet) {
    assertTrue(batch.isWellFormed(packet));
    int flags = batch.flags(packet);
    if (flags == 0) {
      return;
    }
    int l2 = batch.l2Length(packet);
    int l3 = batch.l3Length(packet);
    int l4 = batch.l4Length(packet);
    boolean ipv4 = (flags & TxFlags.IPV4) != 0;
    boolean tcp = (flags & TxFlags.OFFLOAD_TCP_CHECKSUM) != 0;
    assertEquals(!ipv4, (flags & TxFlags.IPV6) != 0);
    assertEquals(!tcp, (flags & TxFlags.OFFLOAD_UDP_CHECKSUM) != 0);
    assertTrue(l2 >= 14 && l3 >= (ipv4 ? 20 : 40) && l4 >= (tcp ? 20 : 8));
    assertEquals(l2 + l3, batch.transportHeaderOffset(packet));
    assertTrue(l2 + l3 + l4 <= batch.length(packet), "headers go past the packet");
    boolean segments = (flags & TxFlags.ANY_SEGMENTATION) != 0;
    assertEquals(segments, batch.maxSegmentSize(packet) > 0);
    if (segments) {
      assertTrue(l2 + l3 + l4 < batch.length(packet), "nothing to segment");
      assertEquals(tcp, (flags & TxFlags.OFFLOAD_TCP_SEGMENTATION) != 0);
    }
  }
}
