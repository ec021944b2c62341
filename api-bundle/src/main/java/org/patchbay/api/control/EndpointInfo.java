package org.patchbay.api.control;

import java.util.List;
import org.patchbay.api.TxOffloadSupport;

/**
 * What the registry knows of an endpoint service, without instantiating it.
 *
 * @param name its name
 * @param type its backend type
 * @param bundle symbolic name of the bundle that registered it
 * @param version that bundle's version
 * @param vendor who made it, as the backend's capability or else its bundle says, or an empty text
 * @param prototype whether each plug takes an instance of its own
 * @param shadowed whether an older service has the name, so that this one can't be plugged
 * @param usedBy names of the NICs that it is plugged to, and of wrappers around it in the form
 *     {@code endpoint NAME}
 * @param ordered whether it keeps packets in order
 * @param maxQueues its largest number of queues
 * @param offloads names of its transmit offloads, see {@link TxOffloadSupport#names()}
 * @param linkSpeed bits per second
 */
public record EndpointInfo(
    String name,
    String type,
    String bundle,
    String version,
    String vendor,
    boolean prototype,
    boolean shadowed,
    List<String> usedBy,
    boolean ordered,
    int maxQueues,
    List<String> offloads,
    long linkSpeed) {}
