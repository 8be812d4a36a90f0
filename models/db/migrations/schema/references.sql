ALTER TABLE access_token
        ADD CONSTRAINT access_token_tenant_person_id_fkey FOREIGN KEY (tenant, person_id) REFERENCES person(tenant,
        id);
ALTER TABLE account ADD CONSTRAINT account_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE account
        ADD CONSTRAINT account_tenant_parent_id_fkey FOREIGN KEY (tenant, parent_id) REFERENCES account(tenant, id);
ALTER TABLE announcement_dismissal
        ADD CONSTRAINT announcement_dismissal_tenant_announcement_id_fkey FOREIGN KEY (tenant, announcement_id)
        REFERENCES announcement(tenant, id);
ALTER TABLE announcement_dismissal
        ADD CONSTRAINT announcement_dismissal_tenant_person_id_fkey FOREIGN KEY (tenant, person_id) REFERENCES
        person(tenant, id);
ALTER TABLE announcement ADD CONSTRAINT announcement_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE announcement
        ADD CONSTRAINT announcement_tenant_posted_by_fkey FOREIGN KEY (tenant, posted_by) REFERENCES person(tenant,
        id);
ALTER TABLE approval_link
        ADD CONSTRAINT approval_link_tenant_order_id_fkey FOREIGN KEY (tenant, order_id) REFERENCES "order"(tenant,
        id);
ALTER TABLE approval
        ADD CONSTRAINT approval_tenant_order_id_fkey FOREIGN KEY (tenant, order_id) REFERENCES "order"(tenant, id);
ALTER TABLE attestation
        ADD CONSTRAINT attestation_tenant_order_id_fkey FOREIGN KEY (tenant, order_id) REFERENCES "order"(tenant, id);
ALTER TABLE attestation
        ADD CONSTRAINT attestation_tenant_person_id_fkey FOREIGN KEY (tenant, person_id) REFERENCES person(tenant,
        id);
ALTER TABLE audit_event ADD CONSTRAINT audit_event_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE billing_watch
        ADD CONSTRAINT billing_watch_tenant_line_id_fkey FOREIGN KEY (tenant, line_id) REFERENCES line(tenant, id);
ALTER TABLE billing_watch
        ADD CONSTRAINT billing_watch_tenant_order_id_fkey FOREIGN KEY (tenant, order_id) REFERENCES "order"(tenant,
        id);
ALTER TABLE carrier_account
        ADD CONSTRAINT carrier_account_tenant_account_id_fkey FOREIGN KEY (tenant, account_id) REFERENCES
        account(tenant, id);
ALTER TABLE carrier_account ADD CONSTRAINT carrier_account_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE carrier_order
        ADD CONSTRAINT carrier_order_tenant_order_id_fkey FOREIGN KEY (tenant, order_id) REFERENCES "order"(tenant,
        id);
ALTER TABLE carrier_quote ADD CONSTRAINT carrier_quote_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE carrier_quote
        ADD CONSTRAINT carrier_quote_tenant_line_id_fkey FOREIGN KEY (tenant, line_id) REFERENCES line(tenant, id);
ALTER TABLE carrier_rule
        ADD CONSTRAINT carrier_rule_tenant_edited_by_fkey FOREIGN KEY (tenant, edited_by) REFERENCES person(tenant,
        id);
ALTER TABLE carrier_rule ADD CONSTRAINT carrier_rule_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE consent_text ADD CONSTRAINT consent_text_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE cost_center ADD CONSTRAINT cost_center_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE device ADD CONSTRAINT device_site_fkey FOREIGN KEY (tenant, site_id) REFERENCES site(tenant, id);
ALTER TABLE device
        ADD CONSTRAINT device_tenant_account_id_fkey FOREIGN KEY (tenant, account_id) REFERENCES account(tenant, id);
ALTER TABLE device ADD CONSTRAINT device_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE device
        ADD CONSTRAINT device_tenant_person_id_fkey FOREIGN KEY (tenant, person_id) REFERENCES person(tenant, id);
ALTER TABLE device ADD CONSTRAINT device_tenant_sku_fkey FOREIGN KEY (tenant, sku) REFERENCES product(tenant, sku);
ALTER TABLE difference
        ADD CONSTRAINT difference_import_number_fkey FOREIGN KEY (tenant, import_number) REFERENCES import(tenant,
        number);
ALTER TABLE difference ADD CONSTRAINT difference_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE difference
        ADD CONSTRAINT difference_tenant_line_id_fkey FOREIGN KEY (tenant, line_id) REFERENCES line(tenant, id);
ALTER TABLE draft ADD CONSTRAINT draft_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE draft
        ADD CONSTRAINT draft_tenant_person_id_fkey FOREIGN KEY (tenant, person_id) REFERENCES person(tenant, id);
ALTER TABLE email_pause ADD CONSTRAINT email_pause_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE email_pause
        ADD CONSTRAINT email_pause_tenant_off_by_fkey FOREIGN KEY (tenant, off_by) REFERENCES person(tenant, id);
ALTER TABLE email_pause
        ADD CONSTRAINT email_pause_tenant_on_by_fkey FOREIGN KEY (tenant, on_by) REFERENCES person(tenant, id);
ALTER TABLE import_row
        ADD CONSTRAINT import_row_tenant_import_number_fkey FOREIGN KEY (tenant, import_number) REFERENCES
        import(tenant, number);
ALTER TABLE import ADD CONSTRAINT import_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE inventory_change
        ADD CONSTRAINT inventory_change_tenant_order_id_fkey FOREIGN KEY (tenant, order_id) REFERENCES "order"(tenant,
        id);
ALTER TABLE kit ADD CONSTRAINT kit_tenant_device_fkey FOREIGN KEY (tenant, device) REFERENCES product(tenant, sku);
ALTER TABLE kit ADD CONSTRAINT kit_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE kit ADD CONSTRAINT kit_tenant_plan_fkey FOREIGN KEY (tenant, plan) REFERENCES product(tenant, sku);
ALTER TABLE leave_item
        ADD CONSTRAINT leave_item_tenant_leave_id_fkey FOREIGN KEY (tenant, leave_id) REFERENCES leave(tenant, id);
ALTER TABLE leave_item
        ADD CONSTRAINT leave_item_tenant_order_id_fkey FOREIGN KEY (tenant, order_id) REFERENCES "order"(tenant, id);
ALTER TABLE leave_item
        ADD CONSTRAINT leave_item_tenant_to_id_fkey FOREIGN KEY (tenant, to_id) REFERENCES person(tenant, id);
ALTER TABLE leave
        ADD CONSTRAINT leave_tenant_person_id_fkey FOREIGN KEY (tenant, person_id) REFERENCES person(tenant, id);
ALTER TABLE line
        ADD CONSTRAINT line_carrier_account_fkey FOREIGN KEY (tenant, carrier, carrier_account) REFERENCES
        carrier_account(tenant, carrier, number);
ALTER TABLE line
        ADD CONSTRAINT line_number_brought_by_fkey FOREIGN KEY (tenant, number_brought_by) REFERENCES person(tenant,
        id);
ALTER TABLE line ADD CONSTRAINT line_site_fkey FOREIGN KEY (tenant, site_id) REFERENCES site(tenant, id);
ALTER TABLE line
        ADD CONSTRAINT line_tenant_account_id_fkey FOREIGN KEY (tenant, account_id) REFERENCES account(tenant, id);
ALTER TABLE line
        ADD CONSTRAINT line_tenant_device_id_fkey FOREIGN KEY (tenant, device_id) REFERENCES device(tenant, id);
ALTER TABLE line ADD CONSTRAINT line_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE line
        ADD CONSTRAINT line_tenant_person_id_fkey FOREIGN KEY (tenant, person_id) REFERENCES person(tenant, id);
ALTER TABLE line ADD CONSTRAINT line_tenant_sim_id_fkey FOREIGN KEY (tenant, sim_id) REFERENCES sim(tenant, id);
ALTER TABLE line_timer
        ADD CONSTRAINT line_timer_tenant_line_id_fkey FOREIGN KEY (tenant, line_id) REFERENCES line(tenant, id);
ALTER TABLE line_timer
        ADD CONSTRAINT line_timer_tenant_order_id_fkey FOREIGN KEY (tenant, order_id) REFERENCES "order"(tenant, id);
ALTER TABLE lock ADD CONSTRAINT lock_tenant_order_id_fkey FOREIGN KEY (tenant, order_id) REFERENCES "order"(tenant, id);
ALTER TABLE login
        ADD CONSTRAINT login_tenant_person_id_fkey FOREIGN KEY (tenant, person_id) REFERENCES person(tenant, id);
ALTER TABLE order_event
        ADD CONSTRAINT order_event_tenant_order_id_fkey FOREIGN KEY (tenant, order_id) REFERENCES "order"(tenant, id);
ALTER TABLE order_item
        ADD CONSTRAINT order_item_tenant_order_id_fkey FOREIGN KEY (tenant, order_id) REFERENCES "order"(tenant, id);
ALTER TABLE order_parcel
        ADD CONSTRAINT order_parcel_tenant_order_id_item_id_fkey FOREIGN KEY (tenant, order_id, item_id) REFERENCES
        order_item(tenant, order_id, id);
ALTER TABLE order_secret
        ADD CONSTRAINT order_secret_tenant_order_id_fkey FOREIGN KEY (tenant, order_id) REFERENCES "order"(tenant,
        id);
ALTER TABLE "order"
        ADD CONSTRAINT order_site_fkey FOREIGN KEY (tenant, beneficiary_site_id) REFERENCES site(tenant, id);
ALTER TABLE "order"
        ADD CONSTRAINT order_tenant_account_id_fkey FOREIGN KEY (tenant, account_id) REFERENCES account(tenant, id);
ALTER TABLE "order"
        ADD CONSTRAINT order_tenant_beneficiary_id_fkey FOREIGN KEY (tenant, beneficiary_id) REFERENCES person(tenant,
        id);
ALTER TABLE "order" ADD CONSTRAINT order_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE "order"
        ADD CONSTRAINT order_tenant_parent_id_fkey FOREIGN KEY (tenant, parent_id) REFERENCES "order"(tenant, id);
ALTER TABLE "order"
        ADD CONSTRAINT order_tenant_requester_id_fkey FOREIGN KEY (tenant, requester_id) REFERENCES person(tenant,
        id);
ALTER TABLE password_reset
        ADD CONSTRAINT password_reset_tenant_person_id_fkey FOREIGN KEY (tenant, person_id) REFERENCES person(tenant,
        id);
ALTER TABLE person
        ADD CONSTRAINT person_next_account_id_fkey FOREIGN KEY (tenant, next_account_id) REFERENCES account(tenant,
        id);
ALTER TABLE person
        ADD CONSTRAINT person_next_manager_id_fkey FOREIGN KEY (tenant, next_manager_id) REFERENCES person(tenant,
        id);
ALTER TABLE person
        ADD CONSTRAINT person_tenant_account_id_fkey FOREIGN KEY (tenant, account_id) REFERENCES account(tenant, id);
ALTER TABLE person ADD CONSTRAINT person_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE person
        ADD CONSTRAINT person_tenant_manager_id_fkey FOREIGN KEY (tenant, manager_id) REFERENCES person(tenant, id);
ALTER TABLE person
        ADD CONSTRAINT person_tenant_successor_id_fkey FOREIGN KEY (tenant, successor_id) REFERENCES person(tenant,
        id);
ALTER TABLE policy ADD CONSTRAINT policy_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE portal_session
        ADD CONSTRAINT portal_session_tenant_person_id_fkey FOREIGN KEY (tenant, person_id) REFERENCES person(tenant,
        id);
ALTER TABLE price
        ADD CONSTRAINT price_tenant_account_id_fkey FOREIGN KEY (tenant, account_id) REFERENCES account(tenant, id);
ALTER TABLE price ADD CONSTRAINT price_tenant_sku_fkey FOREIGN KEY (tenant, sku) REFERENCES product(tenant, sku);
ALTER TABLE product
        ADD CONSTRAINT product_shared_primary_fkey FOREIGN KEY (tenant, shared_primary) REFERENCES product(tenant,
        sku);
ALTER TABLE product ADD CONSTRAINT product_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE reconciliation ADD CONSTRAINT reconciliation_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE recovery_action
        ADD CONSTRAINT recovery_action_tenant_order_id_fkey FOREIGN KEY (tenant, order_id) REFERENCES "order"(tenant,
        id);
ALTER TABLE recovery_code
        ADD CONSTRAINT recovery_code_tenant_person_id_fkey FOREIGN KEY (tenant, person_id) REFERENCES person(tenant,
        id);
ALTER TABLE reported_line
        ADD CONSTRAINT reported_line_tenant_reconciliation_fkey FOREIGN KEY (tenant, reconciliation) REFERENCES
        reconciliation(tenant, number);
ALTER TABLE return_case
        ADD CONSTRAINT return_case_tenant_device_id_fkey FOREIGN KEY (tenant, device_id) REFERENCES device(tenant,
        id);
ALTER TABLE return_case
        ADD CONSTRAINT return_case_tenant_order_id_item_id_fkey FOREIGN KEY (tenant, order_id, item_id) REFERENCES
        order_item(tenant, order_id, id);
ALTER TABLE return_case
        ADD CONSTRAINT return_case_tenant_parent_order_id_parent_item_id_fkey FOREIGN KEY (tenant, parent_order_id,
        parent_item_id) REFERENCES order_item(tenant, order_id, id);
ALTER TABLE second_order
        ADD CONSTRAINT second_order_tenant_order_id_round_fkey FOREIGN KEY (tenant, order_id, round) REFERENCES
        carrier_order(tenant, order_id, round);
ALTER TABLE sign_in_link
        ADD CONSTRAINT sign_in_link_tenant_person_id_fkey FOREIGN KEY (tenant, person_id) REFERENCES person(tenant,
        id);
ALTER TABLE sim ADD CONSTRAINT sim_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE site
        ADD CONSTRAINT site_tenant_account_id_fkey FOREIGN KEY (tenant, account_id) REFERENCES account(tenant, id);
ALTER TABLE site
        ADD CONSTRAINT site_tenant_contact_id_fkey FOREIGN KEY (tenant, contact_id) REFERENCES person(tenant, id);
ALTER TABLE site ADD CONSTRAINT site_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant(id);
ALTER TABLE task ADD CONSTRAINT task_tenant_order_id_fkey FOREIGN KEY (tenant, order_id) REFERENCES "order"(tenant, id);
ALTER TABLE task
        ADD CONSTRAINT task_tenant_person_id_fkey FOREIGN KEY (tenant, person_id) REFERENCES person(tenant, id);
ALTER TABLE workflow_health
        ADD CONSTRAINT workflow_health_tenant_order_id_fkey FOREIGN KEY (tenant, order_id) REFERENCES "order"(tenant,
        id);
