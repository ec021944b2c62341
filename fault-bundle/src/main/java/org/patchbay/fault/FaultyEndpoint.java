package org.patchbay.fault;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.DelegatingEndpoint;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MultiQueueSupport;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.RssConfig;
import org.patchbay.api.TxOffloadSupport;

/** An endpoint that does what the one behind it does, except where its fault is due. */
final class FaultyEndpoint extends DelegatingEndpoint {

  /** The backend type. */
  static final String TYPE = "fault";

  private final FaultPlan plan;

  /**
   * @param delegate what serves; it keeps the contract
   */
  FaultyEndpoint(Endpoint delegate, FaultPlan plan) {
    super(delegate);
    this.plan = plan;
  }

  private void enter(Call call) {
    boolean unused = plan.faults().enter(call);
  }

  @Override
  public String endpointType() {
    enter(Call.ENDPOINT_TYPE);
    return TYPE;
  }

  @Override
  public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
      throws EndpointException {
    boolean due = plan.faults().enter(Call.GET_QUEUES);
    List<Queue> opened = super.getQueues(configs, rss);
    List<Queue> faulty = new ArrayList<>(opened.size());
    for (Queue queue : opened) {
      faulty.add(plan.queue(queue));
    }
    if (due) {
      plan.opened(configs);
    }
    return List.copyOf(faulty);
  }

  @Override
  public void stop() {
    enter(Call.STOP);
    super.stop();
  }

  @Override
  public boolean isOrdered() {
    enter(Call.IS_ORDERED);
    return plan.liesOfOrder() || super.isOrdered();
  }

  @Override
  public TxOffloadSupport txOffloadSupport() {
    enter(Call.TX_OFFLOAD_SUPPORT);
    return super.txOffloadSupport();
  }

  @Override
  public boolean carriesVlan() {
    enter(Call.CARRIES_VLAN);
    return super.carriesVlan();
  }

  @Override
  public MultiQueueSupport multiQueueSupport() {
    enter(Call.MULTI_QUEUE_SUPPORT);
    return super.multiQueueSupport();
  }

  @Override
  public boolean txFastCompletions() {
    enter(Call.TX_FAST_COMPLETIONS);
    return super.txFastCompletions();
  }

  @Override
  public long linkSpeed() {
    enter(Call.LINK_SPEED);
    return super.linkSpeed();
  }

  @Override
  public void setDataPathToGuestVf(boolean useVf) throws EndpointException {
    enter(Call.SET_DATA_PATH_TO_GUEST_VF);
    super.setDataPathToGuestVf(useVf);
  }

  @Override
  public boolean getDataPathToGuestVf() throws EndpointException {
    enter(Call.GET_DATA_PATH_TO_GUEST_VF);
    return super.getDataPathToGuestVf();
  }

  @Override
  public EndpointAction waitForEndpointAction() throws InterruptedException {
    enter(Call.WAIT_FOR_ENDPOINT_ACTION);
    return super.waitForEndpointAction();
  }

  @Override
  public void inspect(InspectNode node) {
    enter(Call.INSPECT);
    node.value("type", TYPE);
    plan.inspect(node);
    super.inspect(node.child("behind"));
  }
}
