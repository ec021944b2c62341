package org.patchbay.api;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Counters of a queue. Written by the queue's worker alone, without locks; read by any thread, each
 * counter whole, though not all at the same instant. Counters start at 0 and only grow.
 */
public final class QueueStatistics {

  private static final VarHandle RX_PACKETS = handle("rxPackets");
  private static final VarHandle TX_PACKETS = handle("txPackets");
  private static final VarHandle RX_ERRORS = handle("rxErrors");
  private static final VarHandle TX_ERRORS = handle("txErrors");
  private static final VarHandle RX_VLAN_PACKETS = handle("rxVlanPackets");
  private static final VarHandle TX_VLAN_PACKETS = handle("txVlanPackets");

  private long rxPackets;
  private long txPackets;
  private long rxErrors;
  private long txErrors;
  private long rxVlanPackets;
  private long txVlanPackets;

  private static VarHandle handle(String field) {
    try {
      return MethodHandles.lookup().findVarHandle(QueueStatistics.class, field, long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Packets that were handed to the frontend. */
  public long rxPackets() {
    return (long) RX_PACKETS.getOpaque(this);
  }

  /** Packets that were transmitted. */
  public long txPackets() {
    return (long) TX_PACKETS.getOpaque(this);
  }

  /** Packets that could not be received and were dropped. */
  public long rxErrors() {
    return (long) RX_ERRORS.getOpaque(this);
  }

  /** Packets that could not be transmitted and were dropped. */
  public long txErrors() {
    return (long) TX_ERRORS.getOpaque(this);
  }

  /** Received packets with VLAN metadata; 0 where not applicable. */
  public long rxVlanPackets() {
    return (long) RX_VLAN_PACKETS.getOpaque(this);
  }

  /** Transmitted packets with VLAN metadata; 0 where not applicable. */
  public long txVlanPackets() {
    return (long) TX_VLAN_PACKETS.getOpaque(this);
  }

  /** Counts received packets. Worker only. */
  public void addRxPackets(long count) {
    RX_PACKETS.setOpaque(this, rxPackets + count);
  }

  /** Counts transmitted packets. Worker only. */
  public void addTxPackets(long count) {
    TX_PACKETS.setOpaque(this, txPackets + count);
  }

  /** Counts packets dropped while receiving. Worker only. */
  public void addRxErrors(long count) {
    RX_ERRORS.setOpaque(this, rxErrors + count);
  }

  /** Counts packets dropped while transmitting. Worker only. */
  public void addTxErrors(long count) {
    TX_ERRORS.setOpaque(this, txErrors + count);
  }

  /** Counts received packets with VLAN metadata. Worker only. */
  public void addRxVlanPackets(long count) {
    RX_VLAN_PACKETS.setOpaque(this, rxVlanPackets + count);
  }

  /** Counts transmitted packets with VLAN metadata. Worker only. */
  public void addTxVlanPackets(long count) {
    TX_VLAN_PACKETS.setOpaque(this, txVlanPackets + count);
  }

  /** Writes all counters as values of a node. */
  public void inspect(InspectNode node) {
    node.value("rx-packets", rxPackets());
    node.value("tx-packets", txPackets());
    node.value("rx-errors", rxErrors());
    node.value("tx-errors", txErrors());
    node.value("rx-vlan-packets", rxVlanPackets());
    node.value("tx-vlan-packets", txVlanPackets());
  }
}
